import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

for (const kind of ['lean', 'next'] as const) {
  describe(`signing in on the ${kind} host`, () => {
    let host: Running;
    const at = (path: string) => host.url + path;
    const sid = (who: ReturnType<typeof visitor>) => who.cookies(new URL(host.url).host).get('sid');

    beforeAll(async () => {
      host = await runHost(kind, over(mocks));
    });
    afterAll(() => stop(host));

    test('leads through the provider and back to the page that was wanted, as who they are', async () => {
      const ada = visitor();
      expect((await ada.get(at('/api/auth/session'))).json()).toMatchObject({ signedIn: false, by: 'nobody' });
      const back = await signIn(ada, host.url, 'ada', '/search?q=lamp');
      expect([back.status, back.headers.get('location')]).toEqual([303, '/search?q=lamp']);
      const session = await ada.get(at('/api/auth/session'));
      expect(session.json()).toMatchObject({ signedIn: true, by: 'session', name: 'Ada Nowak' });
      expect(session.headers.get('cache-control')).toMatch(/^private|no-store/);
    });

    test('sets one cookie, which no script can read, and no token anywhere', async () => {
      const ada = visitor();
      const back = await signIn(ada, host.url, 'ada');
      const [cookie] = back.headers.getSetCookie().filter((line) => line.startsWith('sid='));
      expect(cookie).toMatch(/^sid=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/);
      const seen = [back, await ada.get(at('/api/auth/session')), await ada.get(at('/api/auth/sessions'))];
      for (const { text, headers } of seen) {
        // A JWT, wherever it would stand.
        expect(text + JSON.stringify([...headers])).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}\./);
      }
      expect(host.output()).not.toMatch(/eyJ[\w-]{10,}\./);
    });

    test('gives a new id every time, and ends the one that was there: a planted one is worth nothing', async () => {
      const ada = visitor();
      await signIn(ada, host.url, 'ada');
      const first = sid(ada) ?? '';
      await signIn(ada, host.url, 'ada');
      expect(sid(ada)).not.toBe(first);
      const thief = visitor();
      thief.cookies(new URL(host.url).host).set('sid', first);
      expect((await thief.get(at('/api/auth/session'))).json().signedIn).toBe(false);
      const fixed = visitor();
      fixed.cookies(new URL(host.url).host).set('sid', 'A'.repeat(43));
      await signIn(fixed, host.url, 'bo');
      expect(sid(fixed)).not.toBe('A'.repeat(43));
    });

    test('cannot be finished twice, in another browser, or with another’s answer', async () => {
      const ada = visitor();
      const page = await ada.follow(at('/api/auth/login'));
      const path = /href="([^"]+\/as\/ada)"/.exec(page.text)?.[1] ?? '';
      const sent = await ada.follow(new URL(path, page.url).href, ({ pathname }) => pathname === '/api/auth/callback');
      const callback = new URL(sent.headers.get('location') ?? '', sent.url).href;
      const stranger = await visitor().get(callback);
      expect([stranger.status, stranger.json().code]).toEqual([400, 'login-lost']);

      const mallory = visitor();
      await mallory.get(at('/api/auth/login'));
      const injected = await mallory.get(callback);
      expect([injected.status, injected.json().code]).toEqual([401, 'login-refused']);
      expect(sid(mallory)).toBeUndefined();

      expect((await ada.get(callback)).status).toBe(303);
      expect((await ada.get(callback)).json().code).toBe('login-lost');
    });

    test.each([
      '//evil.test',
      '/\\evil.test',
      '/%5cevil.test',
      'https://evil.test/',
      '/\t/evil.test',
      '/./..//evil.test',
      'javascript:alert(1)',
      '',
    ])('never returns to %j', async (target) => {
      const answer = await visitor().get(at(`/api/auth/login?return=${encodeURIComponent(target)}`));
      if (answer.status === 303) {
        const back = await signIn(visitor(), host.url, 'ada', target);
        expect(new URL(back.headers.get('location') ?? '/', host.url).origin).toBe(host.url);
      } else expect([answer.status, answer.json().code]).toEqual([400, 'invalid-request']);
    });

    test('is undone by signing out, twice if need be, and says where the provider’s own session ends', async () => {
      const ada = visitor();
      await signIn(ada, host.url, 'ada');
      const before = sid(ada) ?? '';
      const out = await ada.send('POST', at('/api/auth/logout'));
      expect(out.status).toBe(200);
      expect(String(out.json().url)).toContain('/identity/session/end?');
      expect(sid(ada)).toBeUndefined();
      expect((await ada.send('POST', at('/api/auth/logout'))).status).toBe(200);
      const revived = visitor();
      revived.cookies(new URL(host.url).host).set('sid', before);
      const personal = await revived.get(at('/api/auth/sessions'));
      expect([personal.status, sid(revived)]).toEqual([401, undefined]);
    });

    test('can be seen and ended browser by browser', async () => {
      const [desk, phone, other] = [visitor(), visitor(), visitor()];
      for (const who of [desk, phone]) await signIn(who, host.url, 'chen');
      await signIn(other, host.url, 'bo');
      const { items } = (await desk.get(at('/api/auth/sessions'))).json() as {
        items: { id: string; current: boolean }[];
      };
      expect(items.filter(({ current }) => current)).toHaveLength(1);
      const phones = items.find(({ current }) => !current)?.id ?? '';
      expect((await other.send('DELETE', at(`/api/auth/sessions/${phones}`))).status).toBe(404);
      expect((await desk.send('DELETE', at(`/api/auth/sessions/${phones}`))).status).toBe(204);
      expect((await phone.get(at('/api/auth/session'))).json().signedIn).toBe(false);
      expect((await desk.get(at('/api/auth/session'))).json().signedIn).toBe(true);
      await signIn(phone, host.url, 'chen');
      expect((await desk.send('DELETE', at('/api/auth/sessions'))).status).toBe(204);
      expect((await phone.get(at('/api/auth/session'))).json().signedIn).toBe(false);
      expect((await other.get(at('/api/auth/session'))).json().signedIn).toBe(true);
    });

    test('ends here when it ends at the provider, which says so behind the browser’s back', async () => {
      const ada = visitor();
      await signIn(ada, host.url, 'ada');
      const stolen = sid(ada) ?? '';
      const { url } = (await ada.send('POST', at('/api/auth/logout'))).json();
      // Signed out here by hand already: signed in again, and now out at the provider alone.
      await signIn(ada, host.url, 'ada');
      const form = await ada.get(String(url));
      const action = /action="([^"]+)"/.exec(form.text)?.[1] ?? '';
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(form.text)?.[1] ?? '';
      const confirmed = await fetch(new URL(action, String(url)), {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          cookie: [...ada.cookies(new URL(String(url)).host)].map(([name, value]) => `${name}=${value}`).join('; '),
        },
        body: new URLSearchParams({ xsrf, logout: 'yes' }),
      });
      expect(confirmed.status).toBe(303);
      expect((await ada.get(at('/api/auth/session'))).json().signedIn).toBe(false);
      expect(stolen).not.toBe('');
    });

    test('by a logout token that is none signs nobody out', async () => {
      for (const token of ['x', 'eyJhbGciOiJub25lIn0.e30.', '']) {
        const answer = await fetch(at('/api/auth/backchannel-logout'), {
          method: 'POST',
          body: new URLSearchParams({ logout_token: token }),
        });
        expect(answer.status).toBe(400);
      }
    });

    describe('from another site', () => {
      test.each<[string, Record<string, string | undefined>]>([
        ['that the browser tells of', { 'sec-fetch-site': 'cross-site' }],
        ['on the same site', { 'sec-fetch-site': 'same-site' }],
        ['whose origin is another', { origin: 'https://evil.test' }],
        ['whose origin is null', { origin: 'null' }],
        ['without our header', { 'x-csrf': '' }],
        ['with another value in it', { 'x-csrf': '0' }],
      ])('%s nothing is done', async (_, headers) => {
        const ada = visitor();
        await signIn(ada, host.url, 'ada');
        const answer = await ada.send('POST', at('/api/auth/logout'), { headers: headers as Record<string, string> });
        expect([answer.status, answer.json().code]).toEqual([403, 'forbidden']);
        expect((await ada.get(at('/api/auth/session'))).json().signedIn).toBe(true);
      });
    });
  });
}
