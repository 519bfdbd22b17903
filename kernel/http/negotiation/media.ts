import { isToken, splitField } from './fields.ts';

/** A media type as RFC 9110 §8.3.1 reads it: `type` is `type/subtype` in lower case, and parameter names are too. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The media type in the text, wildcards included; undefined when it is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const [head, ...rest] = splitField(text, ';');
  if (head === undefined) return undefined;
  const slash = head.indexOf('/');
  if (slash < 1 || !isToken(head.slice(0, slash)) || !isToken(head.slice(slash + 1))) return undefined;
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    const name = parameter.slice(0, equals).trim().toLowerCase();
    const value = unquoted(parameter.slice(equals + 1).trim());
    if (equals < 1 || !isToken(name) || value === undefined) return undefined;
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return { type: head.toLowerCase(), parameters };
}

/** Whether the type is one of those accepted: named exactly, by its family `type/*`, or by `*` for both. */
export function isMediaAccepted(type: string, accepted: readonly string[]): boolean {
  if (accepted.includes(type)) return true;
  return accepted.includes(`${type.slice(0, type.indexOf('/'))}/*`) || accepted.includes('*/*');
}

function unquoted(value: string): string | undefined {
  if (!value.startsWith('"')) return isToken(value) ? value : undefined;
  if (value.length < 2 || !value.endsWith('"')) return undefined;
  return value.slice(1, -1).replace(/\\(.)/g, '$1');
}

/** Whether a charset is none or UTF-8, which goes by another name as well (WHATWG Encoding §4.2). */
export const isUtf8 = (charset: string | undefined): boolean => charset === undefined || /^utf-?8$/i.test(charset);
