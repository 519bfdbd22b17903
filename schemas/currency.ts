/** Currencies whose smallest unit is no hundredth, by how many decimals they have (ISO 4217). */
const DECIMALS: readonly (readonly [number, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];
const BY_CURRENCY = new Map(
  DECIMALS.flatMap(([decimals, codes]) => codes.split(' ').map((code) => [code, decimals] as const)),
);

/**
 * How many decimals a currency has: two for euros, none for yen, three for dinars. Not asked of Intl: it says how
 * prices are written where the currency is used, which for forints or rupiahs is without the hundredths that they have.
 */
export function decimalsOf(currency: string): number {
  return BY_CURRENCY.get(currency) ?? 2;
}
