/** The first that matches: most browsers name others besides themselves. */
const BROWSERS = [
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['Firefox', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
] as const;
const SYSTEMS = [
  ['iPhone', 'an iPhone'],
  ['iPad', 'an iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS', 'a Mac'],
  ['Linux', 'Linux'],
] as const;

/** What a User-Agent says to people: `Firefox on Linux`. */
export function browserOf(agent: string): string {
  const named = (names: readonly (readonly [string, string])[]) => names.find(([part]) => agent.includes(part))?.[1];
  const [browser, system] = [named(BROWSERS) ?? 'A browser', named(SYSTEMS)];
  return system === undefined ? browser : `${browser} on ${system}`;
}
