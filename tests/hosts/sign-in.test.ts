import { beforeAll, describe, expect, test } from 'vitest';
import type { Running } from '#tests/support/host.ts';
import { HOST_KINDS } from '#tests/support/long.ts';
import { sharedHost } from '#tests/support/shared-host.ts';
import { signIn, type Visitor, visitor } from '#tests/support/visitor.ts';

for (const kind of HOST_KINDS) {
  describe(`signing in on the ${kind} host`, () => {
    let host: Running;
    const at = (path: string) => host.url + path;
    const jar = (who: Visitor) => who.cookies(new URL(host.url).host);
    const sid = (who: Visitor) => jar(who).get('sid');
    const logins = (who: Visitor) => [...jar(who).keys()].filter((name) => name.startsWith('login'));
    /** Signs in at the provider; the address with which it sends the browser back. */
    const cameBack = async (who: Visitor, subject: string, returnTo = '/'): Promise<URL> => {
      const toUs = ({ pathname }: URL) => pathname === '/api/auth/callback';
      const page = await who.follow(at(`/api/auth/login?return=${encodeURIComponent(returnTo)}`), toUs);
      const location = page.headers.get('location');
      const sent = location === null ? await who.follow(`${page.url}/as/${subject}`, toUs) : page;
      return new URL(sent.headers.get('location') ?? '', sent.url);
    };

    beforeAll(async () => {
      host = await sharedHost(kind);
    });

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
      const callback = (await cameBack(ada, 'ada')).href;
      const stranger = await visitor().get(callback);
      expect([stranger.status, stranger.json().code]).toEqual([400, 'login-lost']);

      const mallory = visitor();
      await mallory.get(at('/api/auth/login'));
      const injected = await mallory.get(callback);
      expect([injected.status, injected.json().code]).toEqual([400, 'login-lost']);
      expect(sid(mallory)).toBeUndefined();

      const copied = visitor();
      for (const [name, value] of jar(ada)) jar(copied).set(name, value);
      expect((await ada.get(callback)).status).toBe(303);
      for (const again of [ada, copied]) {
        const { status, json } = await again.get(callback);
        expect([status, json().code]).toEqual([400, 'login-lost']);
      }
    });

    test('that can’t be finished is told on a page: a person never sees JSON', async () => {
      const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
      const lost = await visitor().get(at('/api/auth/callback?code=x&state=y'), html);
      expect([lost.status, lost.headers.get('location')]).toEqual([
        303,
        expect.stringMatching(/^\/problems\/login-lost\?trace=/),
      ]);
      const page = await visitor().get(at(lost.headers.get('location') ?? ''), html);
      expect(page.status).toBe(200);
      expect(page.text).toContain('This login is not known any more');
      expect(page.text).toContain('Sign in again</a>');
      expect((await visitor().get(at('/problems/not-found'), html)).text).not.toContain('Sign in again</a>');
    });

    test('goes on side by side in two tabs, each back to its own page', async () => {
      const ada = visitor();
      const [one, two] = [await cameBack(ada, 'ada', '/a'), await cameBack(ada, 'ada', '/b')];
      for (const [callback, page] of [
        [one, '/a'],
        [two, '/b'],
      ] as const) {
        const back = await ada.get(callback.href);
        expect([back.status, back.headers.get('location')]).toEqual([303, page]);
      }
      expect([logins(ada), (await ada.get(at('/api/auth/session'))).json().by]).toEqual([[], 'session']);
    });

    test('keeps no more than five cookies, however many are begun', async () => {
      const ada = visitor();
      for (let begun = 0; begun < 8; begun++) await ada.get(at('/api/auth/login'));
      expect(logins(ada)).toHaveLength(5);
      expect((await ada.get((await cameBack(ada, 'ada', '/last')).href)).headers.get('location')).toBe('/last');
    });

    test('is not ended by an answer that is not its own, nor by a look at it', async () => {
      const ada = visitor();
      const callback = await cameBack(ada, 'ada', '/mine');
      const state = callback.searchParams.get('state') ?? '';
      // As another site could make the browser do.
      const foreign = [
        'error=access_denied',
        'error=x&state=y',
        `error=x&state=${state.slice(0, 8)}`,
        'code=x&state=y',
      ];
      const close = `${state.slice(0, 8)}${'A'.repeat(state.length - 8)}`;
      for (const query of [...foreign, `code=x&state=${close}`, `error=x&state=${close}`]) {
        const answer = await ada.get(at(`/api/auth/callback?${query}`));
        expect([answer.status, answer.json().code], query).toEqual([400, 'login-lost']);
      }
      const looked = await ada.send('HEAD', callback.href);
      expect([looked.status, looked.headers.get('allow'), looked.headers.getSetCookie()]).toEqual([
        405,
        'GET, OPTIONS',
        [],
      ]);
      expect((await ada.get(callback.href)).headers.get('location')).toBe('/mine');
      expect(logins(ada)).toEqual([]);
    });

    test('ends where the provider refuses it, back on the page from which it began', async () => {
      const ada = visitor();
      await ada.get(at('/api/auth/login?return=/mine'));
      const started = await ada.get(at('/api/auth/login?return=/refused'));
      const state = new URL(started.headers.get('location') ?? '').searchParams.get('state');
      const back = await ada.get(at(`/api/auth/callback?error=access_denied&state=${state}`));
      expect([back.status, back.headers.get('location'), sid(ada)]).toEqual([303, '/refused', undefined]);
      expect(logins(ada)).toHaveLength(1);
    });

    test('is refused with a code that the provider does not know', async () => {
      const ada = visitor();
      const callback = await cameBack(ada, 'ada');
      callback.searchParams.set('code', 'x');
      const answer = await ada.get(callback.href);
      expect([answer.status, answer.json().code, sid(ada)]).toEqual([401, 'login-refused', undefined]);
    });

    test('takes no notice of parameters that only its provider knows', async () => {
      const ada = visitor();
      const callback = await cameBack(ada, 'ada', '/google');
      for (const name of ['scope', 'authuser', 'prompt', 'hd', '__proto__']) callback.searchParams.set(name, '0');
      expect((await ada.get(callback.href)).headers.get('location')).toBe('/google');
    });

    test('is anonymous where its cookie, or the session’s, is there twice', async () => {
      const ada = visitor();
      const callback = await cameBack(ada, 'ada');
      const [name = ''] = logins(ada);
      const cookie = `${name}=${jar(ada).get(name)}`;
      for (const cookies of [`${cookie}; ${name}=x`, `${name}=x; ${cookie}`]) {
        const twice = await visitor().get(callback.href, { cookie: cookies });
        expect([twice.status, twice.json().code]).toEqual([400, 'login-lost']);
      }
      expect((await ada.get(callback.href)).status).toBe(303);
      for (const cookies of [`sid=${sid(ada)}; sid=x`, `sid=x; sid=${sid(ada)}`]) {
        expect((await visitor().get(at('/api/auth/session'), { cookie: cookies })).json().signedIn).toBe(false);
        expect((await visitor().get(at('/api/auth/sessions'), { cookie: cookies })).status).toBe(401);
      }
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
        expect(back.status).toBe(303);
        expect(new URL(back.headers.get('location') ?? '', host.url).origin).toBe(host.url);
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

    test('by a logout token that is none signs no one out', async () => {
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
