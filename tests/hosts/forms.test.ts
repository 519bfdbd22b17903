import { beforeAll, describe, expect, test } from 'vitest';
import { formToken } from '#kernel/http/forms/form-fields.ts';
import type { Running } from '#tests/support/host.ts';
import { HOST_KINDS } from '#tests/support/long.ts';
import { sharedHost } from '#tests/support/shared-host.ts';
import { signIn, type Visitor, visitor } from '#tests/support/visitor.ts';

const FORM = 'application/x-www-form-urlencoded';

for (const kind of HOST_KINDS) {
  describe(`a form on the ${kind} host`, () => {
    let host: Running;
    const who = visitor();
    const at = (path: string) => host.url + path;
    const sid = (one: Visitor) => one.cookies(new URL(host.url).host).get('sid') ?? '';
    /** As a browser sends it, from a page of ours. */
    const post = (fields: Record<string, string>, headers: Record<string, string> = {}, one = who) =>
      one.send('POST', at('/api/products/p-000300/reviews'), {
        body: new URLSearchParams(fields).toString(),
        headers: { 'content-type': FORM, 'x-csrf': '', referer: at('/products/p-000300?currency=GBP'), ...headers },
      });
    const good = (more = {}) => ({
      _csrf: formToken(sid(who)),
      rating: '4',
      title: `On ${kind}`,
      text: 'Yes.',
      ...more,
    });
    const total = async () => (await visitor().get(at('/api/products/p-000300/reviews'))).json().total as number;
    const page = async (location: string | null, one = who) => (await one.get(at(location ?? ''))).text;

    beforeAll(async () => {
      host = await sharedHost(kind);
      await signIn(who, host.url, `forms${kind}`);
    });

    test('ends in a redirect to the page that it came from, which reports it once', async () => {
      const before = await total();
      const sent = await post(good());
      const location = sent.headers.get('location') ?? '';
      expect([sent.status, sent.text, location]).toEqual([
        303,
        '',
        expect.stringMatching(/^\/products\/p-000300\?currency=GBP&form=[\w-]{24}$/),
      ]);
      expect(await total()).toBe(before + 1);
      expect(await page(location)).toContain('Thank you');
      expect(await page(location)).not.toContain('Thank you');
    });

    test('that is not as it should be comes back with what was typed and what is wrong, to no other client', async () => {
      const before = await total();
      const typed = { rating: '9', title: ' ', text: '<b>"bold"</b> & brave' };
      const sent = await post(good(typed));
      const location = sent.headers.get('location') ?? '';
      expect(sent.status).toBe(303);
      expect(await page(location, visitor())).not.toContain('brave');
      const shown = await page(location);
      expect(shown).toContain('&lt;b&gt;&quot;bold&quot;&lt;/b&gt; &amp; brave');
      expect(shown).toContain('role="alert"');
      expect(shown.match(/class="wrong small"/g)).toHaveLength(2);
      expect(await total()).toBe(before);
      // The same thing as JSON is a 422.
      const json = await who.send('POST', at('/api/products/p-000300/reviews'), { json: { ...typed, rating: 9 } });
      expect(json.status).toBe(422);
    });

    test('sent twice is done once, and each shows what came of it', async () => {
      const before = await total();
      const fields = good({ _key: `twice-${kind}` });
      for (const { status, headers } of await Promise.all([post(fields), post(fields), post(fields)])) {
        expect(status).toBe(303);
        expect(await page(headers.get('location'))).toMatch(/Thank you/);
      }
      await post(fields);
      expect(await total()).toBe(before + 1);
    });

    test('of another site does nothing and keeps nothing, whatever it brings', async () => {
      const before = await total();
      for (const headers of [
        { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
        { origin: host.url, 'sec-fetch-site': 'same-site' },
        { origin: 'null', 'sec-fetch-site': 'same-origin' },
      ]) {
        const sent = await post(good(), headers);
        expect([sent.status, sent.headers.get('location')]).toEqual([403, null]);
      }
      expect(await total()).toBe(before);
    });

    test('of another session, or of none, is given back to be sent again', async () => {
      const before = await total();
      const stranger = visitor();
      for (const _csrf of ['', 'x', formToken('another'), formToken(sid(who)).slice(1)]) {
        const sent = await post(good({ _csrf, text: 'Kept for later' }));
        expect(sent.status).toBe(303);
        const shown = await page(sent.headers.get('location'));
        expect([shown.includes('Kept for later'), shown.includes('signed in or out')]).toEqual([true, true]);
      }
      const nobody = await post(good(), {}, stranger);
      expect([nobody.status, await total()]).toEqual([303, before]);
      expect(await page(nobody.headers.get('location'), stranger)).toContain('Sign in');
    });

    test('goes nowhere else, whatever page it says that it came from', async () => {
      for (const referer of [
        'https://evil.test/x',
        `${host.url}.evil.test/`,
        `${host.url}//evil.test/x`,
        'nonsense',
        '',
      ]) {
        const sent = await post(good({ rating: '9' }), { referer });
        const location = new URL(sent.headers.get('location') ?? '', host.url);
        expect([sent.status, location.origin], referer).toEqual([303, host.url]);
        expect(location.pathname).toBe(referer.startsWith(`${host.url}/`) ? '/evil.test/x' : '/');
      }
    });

    test('stands for what it can’t send: a line is changed and taken out, an address replaced as it was read', async () => {
      const guest = visitor();
      const send = (target: string, fields: Record<string, string>, one: Visitor) =>
        one.send('POST', at(target), {
          body: new URLSearchParams({ ...(sid(one) && { _csrf: formToken(sid(one)) }), ...fields }).toString(),
          headers: { 'content-type': FORM, 'x-csrf': '', referer: at('/cart') },
        });
      const added = await send('/api/cart/lines', { product: 'p-000042', quantity: '2', _then: '/cart' }, guest);
      expect([added.status, added.headers.get('location')]).toEqual([303, expect.stringMatching(/^\/cart\?form=/)]);
      const cart = async () => (await guest.get(at('/api/cart'))).json() as { pieces: number; lines: { id: string }[] };
      const line = `/api/cart/lines/${(await cart()).lines[0]?.id}`;
      await send(`${line}?_method=PATCH`, { quantity: '5' }, guest);
      expect((await cart()).pieces).toBe(5);
      await send(`${line}?_method=DELETE`, {}, guest);
      expect((await cart()).pieces).toBe(0);

      const address = {
        name: 'Ada',
        line1: 'L 1',
        line2: '',
        city: 'Berlin',
        postalCode: '10119',
        country: 'DE',
        phone: '',
      };
      await send('/api/addresses', address, who);
      const [made] = (await who.get(at('/api/addresses'))).json().items as [{ id: string }];
      const read = await who.get(at(`/api/addresses/${made.id}`));
      expect(read.json()).not.toHaveProperty('line2');
      const replace = (_match: string, city: string) =>
        send(`/api/addresses/${made.id}?_method=PUT`, { ...address, city, _match }, who);
      await replace(read.headers.get('etag') ?? '', 'Potsdam');
      await replace(read.headers.get('etag') ?? '', 'Lost');
      expect((await who.get(at(`/api/addresses/${made.id}`))).json().city).toBe('Potsdam');
    });

    test('alone may stand for another method, and only where the operation takes forms', async () => {
      const json = await who.send('POST', at('/api/cart/lines/l-1?_method=DELETE'), { json: {} });
      expect([json.status, json.json().code]).toEqual([400, 'invalid-request']);
      expect((await who.get(at('/api/cart?_method=DELETE'))).status).toBe(400);
      const patch = await who.send('POST', at('/api/addresses/a-000001?_method=PATCH'), {
        body: 'city=X',
        headers: { 'content-type': FORM },
      });
      expect(patch.status).toBe(405);
      for (const _then of [
        '//evil.test',
        'https://evil.test',
        '/\\evil.test',
        'javascript:alert(1)',
        '/\t/evil.test',
        '//{title}',
        '{title}',
        '/\\{title}',
      ]) {
        const sent = await post(good({ _then, title: 'evil.test' }));
        expect(new URL(sent.headers.get('location') ?? '', host.url).origin, _then).toBe(host.url);
      }
    });

    test('of whose session has ended comes back with what was typed', async () => {
      const gone = visitor();
      await signIn(gone, host.url, `gone${kind}`);
      const fields = { _csrf: formToken(sid(gone)), rating: '9', title: 'T', text: 'Long thought about' };
      const inTheOther = visitor();
      inTheOther.cookies(new URL(host.url).host).set('sid', sid(gone));
      await inTheOther.send('POST', at('/api/auth/logout'));
      const sent = await post(fields, {}, gone);
      expect([sent.status, sid(gone)]).toEqual([303, '']);
      expect(await page(sent.headers.get('location'), gone)).toContain('Long thought about');
    });

    test('of an uncounted client stores nothing', async () => {
      expect((await post(good(), { accept: 'image/png' })).status).toBe(406);
      expect((await post(good(), { 'x-scenario': 'nonsense' })).status).toBe(400);
    });

    test('that is too large says so', async () => {
      const sent = await post(good({ text: 'x'.repeat(70_000) }));
      expect(await page(sent.headers.get('location'))).toContain('more than we take at once');
      // Nor is one that says nothing else: what was not read has proven nothing.
      const logout = await who.send('POST', at('/api/auth/logout'), {
        body: `_csrf=${formToken(sid(who))}&${'x'.repeat(20_000)}`,
        headers: { 'content-type': FORM, 'x-csrf': '' },
      });
      expect([logout.status, (await who.get(at('/api/auth/session'))).json().signedIn]).toEqual([303, true]);
    });
  });
}
