import { expect, test } from 'vitest';
import { accessOf, PASS_LIFE, passFor } from '#host/operators/inspector-access.ts';
import { appendPeer } from '#host/server/peers.ts';
import { FORWARDED_FIELD, forwardedBy, forwardedNoted, hidesClient } from '#kernel/http/security/client-address.ts';

const asked = (more: object) => ({
  host: 'localhost:3000',
  address: '127.0.0.1',
  authorization: undefined,
  pass: undefined,
  ...more,
});
const access = (more: object) => accessOf({ on: true, token: undefined }, asked(more), Date.now());

test.each([
  'localhost',
  'localhost:3000',
  'LOCALHOST',
  'shop.localhost:1',
  '127.0.0.1:3000',
  '127.9.9.9',
  '[::1]',
  '[::1]:3000',
])('%s is a name of this machine', (host) => expect(access({ host })).toBe('open'));

test.each([
  '',
  'evil.example',
  'evil@localhost',
  'evil:x@localhost:3000',
  'localhost/',
  'localhost?x',
  'localhost#x',
  'localhost\\x',
  'localhost:3000, evil.example',
  ' localhost',
  'localhost:x',
  'localhost:',
  'localhost.',
  'localhost.evil.example',
  'evillocalhost',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  '127.0.0.1.nip.io',
  '0.0.0.0',
  '[::ffff:127.0.0.1]',
  'ⓛocalhost',
  'localhost%00',
])('%j is none', (host) => expect(access({ host })).toBe('absent'));

test.each(['::1', '127.0.0.1', '127.3.2.1'])('%s is this machine', (address) => {
  expect(access({ address })).toBe('open');
  expect(access({ address, hidden: true })).toBe('absent');
});
test.each(['192.0.2.1', 'unknown', '', '2001:db8::1'])('%j is not', (address) =>
  expect(access({ address })).toBe('absent'),
);

const FIELDS = [
  ['x-forwarded-for', '127.0.0.1'],
  ['x-forwarded-host', 'shop.example'],
  ['x-forwarded-proto', 'https'],
  ['x-forwarded-anything', ''],
  ['forwarded', 'for=_hidden'],
  ['via', '1.1 varnish'],
  ['x-real-ip', '127.0.0.1'],
  ['cf-connecting-ip', '192.0.2.1'],
  ['x-envoy-external-address', '192.0.2.1'],
  ['x-scheme', 'https'],
  ['x-remote-addr', '192.0.2.1'],
  ['x-varnish', '32770'],
  ['wl-proxy-client-ip', '192.0.2.1'],
  ['cf-ray', '8a-FRA'],
  ['x-appengine-user-ip', '192.0.2.1'],
  ['front-end-https', 'on'],
] as const;

test.each(FIELDS)('a request with %s has come through a proxy, however it is handed on', (name, value) => {
  const headers: Record<string, string> = { host: 'localhost', accept: '*/*', [name]: value };
  expect(hidesClient(forwardedBy(headers), 0)).toBe(true);
  // Behind a trusted proxy the one field that we read says who, and no other does.
  expect(hidesClient(forwardedBy(headers), 1)).toBe(name !== 'x-forwarded-for');
  const came = { headers: { ...headers, [FORWARDED_FIELD]: 'no' }, socket: { remoteAddress: '127.0.0.1' } };
  appendPeer(came as never);
  expect(hidesClient(forwardedNoted(came.headers[FORWARDED_FIELD]), 0)).toBe(true);
});

test('one without is its peer’s alone, whatever it says of itself; where no one looked it is unknown', () => {
  expect(forwardedBy({ host: 'localhost', 'user-agent': 'x', [FORWARDED_FIELD]: '1' })).toBeUndefined();
  const came = { headers: { [FORWARDED_FIELD]: '0' }, socket: { remoteAddress: '127.0.0.1' } };
  appendPeer(came as never);
  expect(forwardedNoted(came.headers[FORWARDED_FIELD])).toBeUndefined();
  expect(hidesClient(forwardedNoted(undefined), 0)).toBe(true);
});

test('fewer entries than trusted proxies hide who it is: the address is a proxy’s own', () => {
  for (const nobody of ['unknown', '_hidden', 'unix:', '', '127.0.0.1, unknown'])
    expect(hidesClient(forwardedBy({ host: 'localhost', 'x-forwarded-for': nobody }), 1), nobody).toBe(true);
  const short = { host: 'localhost', 'x-forwarded-for': '192.0.2.1' };
  expect([1, 2, 3].map((proxies) => hidesClient(forwardedBy(short), proxies))).toEqual([false, true, true]);
  const came = { headers: { ...short } as Record<string, string>, socket: { remoteAddress: '127.0.0.1' } };
  appendPeer(came as never);
  expect([1, 2].map((proxies) => hidesClient(forwardedNoted(came.headers[FORWARDED_FIELD]), proxies))).toEqual([
    false,
    true,
  ]);
});

test('a pass opens until its time is over, and then was right; another one never was', () => {
  const token = 'a-token-of-this-test';
  const now = 1_800_000_000_000;
  const pass = passFor(token, now);
  const at = (then: number, more: object = {}) => accessOf({ on: true, token }, asked({ pass, ...more }), then);
  const end = now + PASS_LIFE * 1_000;
  expect([at(now), at(end - 1), at(end), at(end * 2)]).toEqual(['open', 'open', 'ended', 'ended']);
  expect(at(end, { authorization: 'Bearer guess' })).toBe('locked');
  for (const other of [passFor('another', now), pass.replace(/^\d+/, '1'), '1', '', pass.slice(0, -1)])
    expect([at(now, { pass: other }), at(end, { pass: other })]).toEqual(['locked', 'locked']);
  expect(at(now, { pass: undefined })).toBe('locked');
});
