/** The base name of the session cookie. */
export const SESSION_COOKIE = 'sid';

/** The value of a cookie; undefined where it is missing, and 'twice' where two paths or hosts have set it. */
export function cookieOf(header: string | undefined, name: string): string | 'twice' | undefined {
  if (header === undefined) return undefined;
  let found: string | undefined;
  for (const [given, value] of cookiePairs(header)) {
    if (given !== name) continue;
    if (found !== undefined) return 'twice';
    found = value;
  }
  return found;
}

/** The pairs of a Cookie field, name and value; what has no `=` is none. */
export function* cookiePairs(header: string): Generator<readonly [name: string, value: string]> {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals >= 0) yield [bare(pair.slice(0, equals)), bare(pair.slice(equals + 1))];
  }
}

/**
 * Without the space and tab around it (RFC 6265bis §5.6), and no more: other characters that `trim` removes are part of
 * a name, such as that of a cookie which another host has set to look like ours.
 */
function bare(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text, start)) start++;
  while (end > start && isBlank(text, end - 1)) end--;
  return text.slice(start, end);
}

const isBlank = (text: string, at: number) => text[at] === ' ' || text[at] === '\t';

/** How cookies of this origin are named and written. */
export interface CookieJar {
  /** The name on the wire: `__Host-` where the origin is https, so that no other host can set it. */
  name(base: string): string;
  /** A Set-Cookie value (RFC 6265bis): HttpOnly, SameSite=Lax, for all paths of the host. `maxAge` in seconds. */
  write(base: string, value: string, maxAge: number): string;
  /** A Set-Cookie value that takes it away. */
  clear(base: string): string;
}

export function cookieJar(publicUrl: string): CookieJar {
  const secure = publicUrl.startsWith('https:');
  const name = (base: string) => (secure ? `__Host-${base}` : base);
  const write = (base: string, value: string, maxAge: number) =>
    `${name(base)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return { name, write, clear: (base) => write(base, '', 0) };
}

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
