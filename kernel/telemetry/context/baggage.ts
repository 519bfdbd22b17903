/** Limits of W3C Baggage §3.3.2: members, and bytes in all. */
const MAX_MEMBERS = 64;
const MAX_LENGTH = 8_192;

/** A key is a token (RFC 9110 §5.6.2), a value what a cookie's may be; a property is either alone, or both. */
const KEY = /^[!#$%&'*+\-.^_`|~\w]{1,256}$/;
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,4096}$/;

/**
 * The members of a caller's `baggage` that go on to upstreams: those of listed keys that are well formed. The rest is
 * not to be trusted.
 */
export function baggageFrom(text: string, keys: readonly string[]): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const members = text.split(',').map((member) => member.trim());
  if (members.length > MAX_MEMBERS) return undefined;
  return members.filter((member) => isListed(member, keys)).join(',') || undefined;
}

function isListed(member: string, keys: readonly string[]): boolean {
  const [pair = '', ...properties] = member.split(';');
  const [key, value] = partsOf(pair);
  return keys.includes(key) && isPair(key, value) && properties.every((property) => isProperty(...partsOf(property)));
}

function partsOf(text: string): [key: string, value: string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text.trim(), undefined] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

const isPair = (key: string, value: string | undefined) => KEY.test(key) && value !== undefined && VALUE.test(value);
const isProperty = (key: string, value: string | undefined) => isPair(key, value ?? '');
