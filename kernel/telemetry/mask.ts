/**
 * - `values`: personal data: keys and types stay, no value does
 * - `named`: not personal: only values are hidden whose field name or form looks secret or personal
 */
export type Mask = 'values' | 'named';

/** Longer values are not recorded, in characters of JSON. */
export const MAX_RECORDED_LENGTH = 256 * 1024;

/** What stands for a value that is not shown: `‹string›`. */
const hiddenAs = (type: string): string => `‹${type}›`;
export const isHidden = (value: unknown): boolean => typeof value === 'string' && /^‹\w+›$/.test(value);

/** JSON of a value that may be shown; undefined if it is too long. */
export function maskedJson(value: unknown, mask: Mask): string | undefined {
  const text = JSON.stringify(masked(value, mask));
  return text === undefined || text.length > MAX_RECORDED_LENGTH ? undefined : text;
}

/** The same for a value as it is. */
export function masked(value: unknown, mask: Mask): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, mask));
  if (value !== null && typeof value === 'object') {
    const shown: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value)) {
      const name = shownKey(key, mask, Object.keys(shown).length);
      Object.defineProperty(shown, name, {
        value: masked(member, SENSITIVE.test(key) ? 'values' : mask),
        enumerable: true,
      });
    }
    return shown;
  }
  if (value === null || value === undefined) return value;
  return mask === 'values' || (typeof value === 'string' && isTelling(value)) ? hiddenAs(typeof value) : value;
}

/** Names of fields that hold secrets or identify a person. */
const SENSITIVE =
  /auth|token|secret|passw|credential|cookie|session|csrf|signature|e[-_]?mail|phone|address|street|postal|post_?code|zip|iban|card|cvc|holder|recipient|customer|author|birth|(?:first|last|full|given|family|user|display|nick)_?name/i;

// Each part is bounded, so that the search takes time linear in the text's length.
const EMAIL = /[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]{2}/;
const JWT = /\beyJ[\w-]{8,512}\.[\w-]{8}/;
const KEY = /\b(?:sk|pk|rk|whsec|ghp|xox[abp])_[\w-]{8}|\bBearer\s{1,8}\S/;
const CARD = /\b(?:\d[ -]?){15,19}\b/;

const isTelling = (text: string) =>
  (text.includes('@') && EMAIL.test(text)) || JWT.test(text) || KEY.test(text) || CARD.test(text);

/** A key that looks like an id or an address is data, and not the name of a field. */
function shownKey(key: string, mask: Mask, index: number): string {
  const isData = isTelling(key) || (mask === 'values' && !/^[A-Za-z_$][A-Za-z_$-]{0,40}\d{0,2}$/.test(key));
  return isData ? `${hiddenAs('key')}${index}` : key;
}

/** A header as it may be shown. */
export type ShownField = readonly [name: string, value: string];

/** What stands for a value that is not shown. */
const HIDDEN = '•••';

/** Fields without personal data. All others are shown by their names alone. */
const PLAIN =
  /^(?:accept(?:-charset|-encoding|-language)?|age|allow|app-update|cache-control|cache-status|connection|content-(?:encoding|language|length|type)|date|deprecation|etag|expires|host|idempotency-replayed|if-(?:match|none-match|modified-since)|link|prefer|priority|ratelimit(?:-policy)?|retry-after|sec-(?:ch-ua(?:-mobile|-platform)?|fetch-\w+|gpc)|section-status|server-timing|sunset|te|traceparent|transfer-encoding|upgrade-insecure-requests|user-agent|vary|x-app-version|x-content-type-options|x-csrf|x-deadline-ms|x-request-id|x-scenario)$/;
const COOKIES = /^(?:set-)?cookie$/;
const MAX_LENGTH = 512;

/** Headers by name, as a request has them. */
export function shownRequest(headers: Readonly<Record<string, string | readonly string[] | undefined>>): ShownField[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [shown(name, typeof value === 'string' ? value : value.join(', '))],
  );
}

/** Headers in a flat list, as an answer has them. */
export function shownReply(headers: readonly string[]): ShownField[] {
  return Array.from({ length: headers.length / 2 }, (_, at) => shown(headers[2 * at] ?? '', headers[2 * at + 1] ?? ''));
}

function shown(name: string, value: string): ShownField {
  const plain = name.toLowerCase();
  if (PLAIN.test(plain)) return [name, value.slice(0, MAX_LENGTH)];
  return [name, COOKIES.test(plain) ? cookieNames(plain, value) : HIDDEN];
}

/** Which cookies there were: of one that is set, what follows its value as well. */
function cookieNames(field: string, value: string): string {
  const [first = '', ...rest] = value.split(';').map((part) => part.trim());
  const named = (pair: string) => `${pair.split('=', 1)[0]}=${HIDDEN}`;
  return (field === 'cookie' ? [first, ...rest].map(named) : [named(first), ...rest]).join('; ');
}
