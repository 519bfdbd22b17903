import { expect, test } from 'vitest';
import { upstreamName } from '#services/identity/upstream-name.ts';

test('upstreams distinguish customers of two issuers, and get no name that is none', () => {
  const name = (subject: string, isOurs = true) => upstreamName('https://issuer.test', subject, isOurs);
  expect([name('ada'), name('auth0|5f7c'), name('ada@example.com')]).toEqual(['ada', 'auth0|5f7c', 'ada@example.com']);
  const hashed = [
    name('ada', false),
    upstreamName('https://other.test', 'ada', false),
    name('..'),
    name('a/b'),
    name('ä'),
  ];
  expect(new Set(hashed).size).toBe(hashed.length);
  for (const one of hashed) expect(one).toMatch(/^id-[\w-]{43}$/);
});
