import { describe, expect, test, vi } from 'vitest';
import { createLogoutCheck } from '#services/identity/bearer.ts';
import { UNHURRIED } from '#tests/support/patience.ts';
import { type Forged, foreign, issuer, now, tokenWith, withIssuer } from '#tests/support/signing-issuer.ts';

withIssuer();

describe('a logout token', () => {
  const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
  const order = (claims: Record<string, unknown> = {}, more: Forged = {}) =>
    tokenWith({
      header: { typ: 'logout+jwt' },
      ...more,
      claims: { aud: 'shop', events: { [EVENT]: {} }, jti: 'j1', sid: 's1', ...claims },
    });
  const read = async (token: string) => createLogoutCheck(issuer.url, 'shop', UNHURRIED)(token);

  test('names a session of the issuer, or else a subject', async () => {
    const id = 'j1';
    expect(await read(await order())).toEqual({ issuer: issuer.url, id, who: { sid: 's1' } });
    expect(await read(await order({ sid: undefined }))).toEqual({ issuer: issuer.url, id, who: { subject: 'ada' } });
  });

  test('is taken without a type, or with the plain one, as older providers send it', async () => {
    for (const typ of [undefined, 'JWT', 'application/logout+jwt']) {
      expect(await read(await order({}, { header: { typ } })), typ).toBeDefined();
    }
  });

  test('may be half a minute off our clock, and five minutes old', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const claims of [{ iat: now() + 28 }, { iat: now() - 299 }, { exp: now() - 28 }]) {
      expect(await read(await order(claims)), JSON.stringify(claims)).toBeDefined();
    }
  });

  test.each<[string, () => Promise<string>]>([
    ['without an event', () => order({ events: undefined })],
    ['of another event', () => order({ events: { 'http://schemas.openid.net/event/other': {} } })],
    ['whose events are a text', () => order({ events: EVENT })],
    ['with a nonce, as id tokens have', () => order({ nonce: 'n' })],
    ['for another client', () => order({ aud: 'other' })],
    ['for nobody', () => order({ aud: undefined })],
    ['of another issuer', () => order({ iss: 'https://evil.test' })],
    ['older than five minutes', () => order({ iat: now() - 340 })],
    ['from the future', () => order({ iat: now() + 60 })],
    ['made nobody knows when', () => order({ iat: undefined })],
    ['that has ended', () => order({ exp: now() - 40 })],
    ['that never ends', () => order({ exp: undefined })],
    ['without an id', () => order({ jti: undefined })],
    ['whose id is no text', () => order({ jti: 1 })],
    ['of nobody', () => order({ sid: undefined, sub: undefined })],
    ['whose subject is no text', () => order({ sid: undefined, sub: 5 })],
    ['signed by somebody else', () => order({}, { key: foreign })],
    ['that says it is an access token', () => order({}, { header: { typ: 'at+jwt' } })],
    ['that says it is another event', () => order({}, { header: { typ: 'secevent+jwt' } })],
    ['that is none', async () => 'x'],
  ])('%s is refused', async (_, token) => {
    expect(await read(await token())).toBeUndefined();
  });

  test('is unknown while the keys can’t be had', async () => {
    issuer.broken = true;
    await expect(read(await order())).rejects.toMatchObject({ kind: 'call-error', reason: 'unavailable' });
  });
});
