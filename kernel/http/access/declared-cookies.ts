import { type CookieJar, cookiePairs } from '#kernel/identity/cookies.ts';

/**
 * Our own cookies that a contract names, by their base names. A name that ends in `*` stands for all that begin so. A
 * cookie that is there twice is undefined, since either value may be forged.
 */
export function declaredCookies(
  jar: CookieJar,
  declared: readonly string[],
  header: string | undefined,
): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = Object.create(null);
  if (declared.length === 0 || header === undefined) return found;
  const prefix = jar.name('');
  for (const [name, value] of cookiePairs(header)) {
    if (!name.startsWith(prefix)) continue;
    const base = name.slice(prefix.length);
    if (!declared.some((one) => (one.endsWith('*') ? base.startsWith(one.slice(0, -1)) : base === one))) continue;
    found[base] = base in found ? undefined : value;
  }
  return found;
}
