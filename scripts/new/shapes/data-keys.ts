const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** Keys that are data and no names: ids, numbers, versions, dates, addresses, currencies, locales with their region. */
const DATA: readonly ((key: string) => boolean)[] = [
  (key) => /^-?\d{1,20}(?:\.\d{1,10}){0,3}$/.test(key),
  (key) => /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(key),
  (key) => /^(?=\D*\d\D*\d)[\da-f]{8,64}$/i.test(key),
  // A prefixed id: prod_NffrFeUfNV2Hib, p-000042, gid://shop/Product/1.
  (key) => /^[a-z]{1,12}[_-](?=[A-Za-z]*\d)[\dA-Za-z]{6,40}$/.test(key),
  (key) => /^[a-z]{1,12}:\/\/\S{1,200}$/.test(key),
  // An id with its kind: ISBN:0451526538, urn:isbn:0451526538, Square:4b3f1c1e-….
  (key) => /^[a-z]{2,16}:(?=(?:\D*\d){4})[\w:.-]{4,80}$/i.test(key),
  (key) => /^\d{4}-\d\d(?:-\d\d(?:[T ][\d:.+Z-]{4,20})?)?$/.test(key),
  (key) => /^[^\s@]{1,64}@[^\s@]{1,255}$/.test(key),
  (key) => CURRENCIES.has(key),
  // de-DE, zh-Hans-CN, es-419.
  (key) => /^[a-z]{2,3}(?:[-_][A-Z][a-z]{3})?[-_](?:[A-Z]{2}|\d{3})$/.test(key),
];

/** Whether all keys of an object are data: it is a map, and the next answer has others. */
export function areData(keys: readonly string[]): boolean {
  return keys.length > 0 && keys.every((key) => DATA.some((is) => is(key)));
}
