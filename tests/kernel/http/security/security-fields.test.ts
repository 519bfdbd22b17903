import { expect, test } from 'vitest';
import { apiFields, missingFields, securityFields } from '#kernel/http/security/security-fields.ts';

test('only an origin that is https asks for https from then on', () => {
  expect(securityFields('https://shop.test')).toContain('Strict-Transport-Security');
  expect(apiFields('https://shop.test')).toContain('max-age=63072000; includeSubDomains');
  for (const origin of ['http://shop.test', 'http://https.test', 'http://localhost:3000'])
    expect(apiFields(origin)).not.toContain('Strict-Transport-Security');
});

test('nothing is sniffed or read by other sites, and what is no page runs and frames nothing', () => {
  const others = ['X-Content-Type-Options', 'nosniff', 'Cross-Origin-Resource-Policy', 'same-origin'];
  expect(securityFields('http://shop.test')).toEqual(others);
  const policy = "default-src 'none'; frame-ancestors 'none'";
  expect(apiFields('http://shop.test')).toEqual([...others, 'Content-Security-Policy', policy]);
});

test('what has them does not get them twice', () => {
  const fields = apiFields('https://shop.test');
  expect(missingFields(['A', 'b'], fields)).toEqual(fields);
  expect(missingFields(['A', 'b', ...fields], fields)).toEqual([]);
});
