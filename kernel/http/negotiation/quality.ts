/**
 * The weight of RFC 9110 §12.4.2, 0 to 1 with at most three decimals (`.2` is accepted); 1 if absent, undefined if
 * invalid.
 */
export function readQuality(text: string | undefined): number | undefined {
  if (text === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|\.\d{1,3}|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
}
