/** Limits of W3C Baggage §3.3.2: members, and bytes in all. */
const MAX_MEMBERS = 64;
const MAX_LENGTH = 8_192;

const TOKEN = "[!#$%&'*+\\-.^_`|~\\w]{1,256}";
const OCTETS = '[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x5b\\x5d-\\x7e]{0,4096}';
const MEMBER = new RegExp(`^(${TOKEN})[ \\t]{0,8}=[ \\t]{0,8}${OCTETS}$`);
const PROPERTY = new RegExp(`^${TOKEN}(?:[ \\t]{0,8}=[ \\t]{0,8}${OCTETS})?$`);

/**
 * The members of a caller's `baggage` that go on to upstreams: those of listed keys that are well formed. The rest may
 * be anything, of anybody.
 */
export function baggageFrom(text: string, keys: readonly string[]): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const members = text.split(',').map((member) => member.trim());
  if (members.length > MAX_MEMBERS) return undefined;
  return members.filter((member) => isListed(member, keys)).join(',') || undefined;
}

function isListed(member: string, keys: readonly string[]): boolean {
  const [pair = '', ...properties] = member.split(';').map((part) => part.trim());
  const key = MEMBER.exec(pair)?.[1];
  return key !== undefined && keys.includes(key) && properties.every((property) => PROPERTY.test(property));
}
