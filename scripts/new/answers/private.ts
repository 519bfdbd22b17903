import { textKindOf } from '../shapes/times.ts';

/** What a name gives away: what there is to say of it. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:next|prev|previous|page|continuation|sync|pagination)_?(?:page_?)?token$/i, ''],
  [/token_?type$|tokens?_?count/i, ''],
  [
    /secret|passw|passphrase|credential|private_?key|api_?key|access_?key|authorization|cookie|csrf|cvc|cvv/i,
    'a secret',
  ],
  [/(?:^|[a-z_-])(?:token|signature|session_?id|otp|pin)$|^(?:token|signature|otp|pin)$/i, 'a secret'],
  [/e[-_]?mail/i, 'an e-mail address'],
  [/phone|mobile_?(?:number|no)$|^(?:mobile|fax|tel)$|msisdn/i, 'a phone number'],
  [/iban|(?:card|account)_?(?:number|no)$|^pan$/i, 'a number of an account'],
  [/(?:first|last|full|given|family|middle|maiden|nick|holder)_?name$|^sur_?name$|^cardholder/i, 'a person’s name'],
  [/street|^address_?(?:line_?)?\d?$|address_?line|postal_?code|post_?code|^zip(?:_?code)?$/i, 'an address'],
  [/birth|^dob$|^ssn$|tax_?id$|passport|national_?id|(?:^|_)ip(?:_?address)?$/i, 'a personal detail'],
];

const EMAIL = /^[^\s@]{1,64}@[^\s@.]{1,63}(?:\.[^\s@.]{1,63}){1,5}$/;
const JWT = /^eyJ[\w-]{8,}\.[\w-]{8,}/;
const KEY =
  /^(?:[a-z]{2,8}_)?(?:sk|pk|rk|whsec|ghp|gho|ghs|xox[abp]|EZ[AT]K)[_-]?[\w-]{12,}|^Bearer\s|_secret_\w{8}|^-----BEGIN /;
/** Keys of AWS, Google, GitHub, Shopify, GitLab and SendGrid. */
const KNOWN_KEY =
  /^(?:A[KS]IA[A-Z\d]{16}|AIza[\w-]{30}|github_pat_\w{20}|shp(?:at|ca|pa|ss)_[\da-f]{20}|glpat-[\w-]{15}|SG\.[\w-]{15})/;
const IN_URL =
  /[?&#](?:[a-z_-]*(?:token|signature|sig|secret|key|credential|x-amz-[a-z-]+))=[^&]{6}|^[a-z]+:\/\/[^/@\s]+:[^/@\s]+@/i;
const PHONE = /^(?:\+|00)[1-9][\d ()./-]{7,20}$|^\(\d{3}\) ?\d{3}-\d{4}$/;

/** What a number may be and still be private; of the others it says how many there are. */
const NUMBERS = new Set(['a secret', 'a phone number', 'a number of an account', 'an address', 'a personal detail']);

/** Why a member seems private, by its name and, where it is there, its value. */
export function whyPrivate(key: string, value?: unknown): string | undefined {
  if (typeof value === 'boolean' || value === null) return undefined;
  const byValue = typeof value === 'string' && value !== '' ? whyPrivateText(value) : undefined;
  const why = byValue ?? NAMES.find(([name]) => name.test(key))?.[1];
  return why === '' || (typeof value === 'number' && !NUMBERS.has(why ?? '')) ? undefined : why;
}

/** Whether an object holds contact data: then what is called a name in it is a person's. */
export function isOfSomebody(keys: readonly string[]): boolean {
  return keys.some((key) => REACHED.has(whyPrivate(key) ?? ''));
}

const REACHED = new Set(['an e-mail address', 'a phone number', 'an address']);
export const A_NAME = 'a person’s name';

function whyPrivateText(text: string): string | undefined {
  if (text.includes(MASKED)) return 'a secret';
  if (JWT.test(text) || KEY.test(text) || KNOWN_KEY.test(text) || IN_URL.test(text)) return 'a secret';
  if (EMAIL.test(text)) return 'an e-mail address';
  if (PHONE.test(text) && text.replaceAll(/\D/g, '').length <= 15) return 'a phone number';
  return isCardNumber(text) ? 'a card number' : undefined;
}

/** 13 to 19 digits, perhaps in groups, whose check digit is right (ISO/IEC 7812-1). */
function isCardNumber(text: string): boolean {
  if (!/^[3-6]\d{3}(?:[ -]?\d){9,15}$/.test(text)) return false;
  const digits = [...text.replaceAll(/\D/g, '')].reverse().map(Number);
  const doubled = digits.map((digit, at) => (at % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit));
  return doubled.reduce((sum, digit) => sum + digit, 0) % 10 === 0;
}

/** Stands for what may stand nowhere, here and in samples. */
export const MASKED = '‹masked›';

/** What stands in the seed instead: of the same kind, and made up. */
const STAND_INS: Readonly<Record<string, string>> = {
  'an e-mail address': 'somebody@example.com',
  'a phone number': '+12025550100',
  datetime: '2000-01-01T00:00:00Z',
  local: '2000-01-01T00:00:00',
  date: '2000-01-01',
  year: '2000',
};

/** A sample without what is private in it. `tell` hears of each place. */
export function masked(sample: unknown, path: string, tell: (path: string, why: string) => void): unknown {
  const within = (value: unknown, key: string, at: string, why: string | undefined): unknown => {
    const own = whyPrivate(key, value);
    const reason = why ?? own;
    if (own !== undefined && why === undefined) tell(at, own);
    if (Array.isArray(value)) return value.map((each) => within(each, '', `${at}[]`, reason));
    if (typeof value === 'object' && value !== null) {
      const ofSomebody = isOfSomebody(Object.keys(value));
      const entries = Object.entries(value).map(([name, member], place) => {
        const isTelling = EMAIL.test(name);
        const shownAs = isTelling ? `somebody${place}@example.com` : name;
        if (isTelling) tell(`${at}.${shownAs}`, 'its key was a person’s');
        const isName = ofSomebody && reason === undefined && name === 'name' && typeof member === 'string';
        if (isName) tell(`${at}.${shownAs}`, A_NAME);
        return [shownAs, within(member, name, `${at}.${shownAs}`, isName ? A_NAME : reason)] as const;
      });
      return Object.fromEntries(entries);
    }
    if (reason === undefined) return value;
    if (typeof value === 'string') return STAND_INS[reason] ?? STAND_INS[textKindOf(value, key)] ?? MASKED;
    return typeof value === 'number' ? 0 : value;
  };
  return within(sample, '', path, undefined);
}
