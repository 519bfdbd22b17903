/** Whether the text is an RFC 9110 §5.6.2 token: what names, types and unquoted values are made of. */
function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** The text as a quoted string (RFC 9110 §5.6.4, RFC 9651 §3.3.3): printable ASCII only, others become `?`, cut at `limit`. */
export function quoted(text: string, limit: number): string {
  return `"${text
    .slice(0, limit)
    .replace(/[^ -~]/g, '?')
    .replace(/["\\]/g, '\\$&')}"`;
}

/** Splits a field value at `,` or `;` outside quoted strings (RFC 9110 §5.6.1, §5.6.4); elements trimmed, empty ones dropped. */
export function splitField(text: string, separator: ',' | ';'): string[] {
  const elements: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      push(elements, text.slice(start, at));
      start = at + 1;
    }
  }
  push(elements, text.slice(start));
  return elements;
}

function push(elements: string[], element: string): void {
  const trimmed = element.trim();
  if (trimmed !== '') elements.push(trimmed);
}

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
