import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cookieJar, cookieOf } from '#kernel/identity/cookies.ts';

describe('our cookies', () => {
  test('belong to the host and to no other one, wherever it is https', () => {
    const jar = cookieJar('https://shop.example.com');
    expect(jar.write('sid', 'value', 60)).toBe('__Host-sid=value; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure');
    expect(jar.clear('sid')).toBe('__Host-sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure');
    // Browsers refuse the prefix without Secure, and Secure over plain http.
    expect(cookieJar('http://localhost:3000').write('sid', 'v', 1)).toBe(
      'sid=v; Path=/; Max-Age=1; HttpOnly; SameSite=Lax',
    );
  });

  const name = fc.stringMatching(/^[a-z]{1,6}$/);
  const value = fc.stringMatching(/^[\w-]{0,20}$/);

  test('are found among others, in full and by their full names', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 8 }), name, (pairs, wanted) => {
        const header = pairs.map((pair) => pair.join('=')).join('; ');
        const all = pairs.filter(([known]) => known === wanted).map(([, found]) => found);
        expect(cookieOf(header, wanted)).toBe(all.length > 1 ? 'twice' : all[0]);
      }),
    );
  });

  test('that came twice count as none: another path or host has tossed one in', () => {
    expect(cookieOf('sid=ours; a=b; sid=theirs', 'sid')).toBe('twice');
    expect(cookieOf('asid=x; sid2=y; "sid"=z', 'sid')).toBeUndefined();
    expect(cookieOf(undefined, 'sid')).toBeUndefined();
    // What a sibling host may set past the prefix: to a browser these are other names.
    for (const space of ['\u00a0', '\ufeff', '\u000b', '\u000c', '\u2003'])
      expect(cookieOf(`a=b; ${space}__Host-sid=theirs`, '__Host-sid'), JSON.stringify(space)).toBeUndefined();
    expect(cookieOf('a=b;\t __Host-sid=ours \t', '__Host-sid')).toBe('ours');
  });
});
