import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { formToken } from '#kernel/http/forms/form-fields.ts';
import type { Running } from '#tests/support/host.ts';
import { OWN_HOSTS } from '#tests/support/long.ts';
import { sharedHost } from '#tests/support/shared-host.ts';
import { signIn, type Visit, type Visitor, visitor } from '#tests/support/visitor.ts';

const FORM = 'application/x-www-form-urlencoded';
const ADDRESS = { name: 'Ada Nowak', line1: 'Linienstr. 1', city: 'Berlin', postalCode: '10119', country: 'DE' };

interface Service {
  readonly service: string;
  readonly price: { readonly minor: number };
  readonly total: { readonly minor: number; readonly currency: string };
}
interface Checkout {
  readonly cart: { readonly pieces: number; readonly subtotal?: { readonly minor: number } };
  readonly addresses: readonly { readonly id: string }[];
  readonly address?: string;
  readonly services?: readonly Service[];
  readonly obstacle?: string;
}

for (const kind of OWN_HOSTS) {
  describe(`the checkout on the ${kind} host`, () => {
    let host: Running;
    const at = (path: string) => host.url + path;
    const problem = (visit: Visit) => [visit.status, visit.json().code];
    const add = (who: Visitor, product: string, quantity = 1) =>
      who.send('POST', at('/api/cart/lines'), { json: { product, quantity } });
    const look = async (who: Visitor, query = '', headers = {}) => {
      const visit = await who.get(at(`/api/checkout${query}`), headers);
      return { visit, view: visit.json() as unknown as Checkout };
    };
    const sid = (who: Visitor) => who.cookies(new URL(host.url).host).get('sid') ?? '';
    const post = (who: Visitor, path: string, fields: Record<string, string>, from = '/checkout', headers = {}) =>
      who.send('POST', at(path), {
        body: new URLSearchParams({ ...(sid(who) && { _csrf: formToken(sid(who)) }), ...fields }).toString(),
        headers: { 'content-type': FORM, 'x-csrf': '', referer: at(from), ...headers },
      });
    const order = (
      who: Visitor,
      { address = '', services = [] }: Checkout,
      more: Record<string, string> = {},
      headers = {},
    ) => {
      const [{ service = '', total } = {} as Service] = services;
      const fields = { address, service, 'total.minor': `${total.minor}`, 'total.currency': total.currency };
      return post(
        who,
        '/api/orders',
        { ...fields, _key: randomUUID(), _then: '/orders/{id}', ...more },
        '/checkout',
        headers,
      );
    };
    const orders = async (who: Visitor) =>
      ((await who.get(at('/api/orders?limit=50'))).json().items as object[]).length;

    /** Somebody of their own, signed in, with an address and something in the cart. */
    async function shopper(name: string): Promise<Visitor> {
      const who = visitor();
      await signIn(who, host.url, `checkout${name}${kind}`);
      await who.send('POST', at('/api/addresses'), { json: ADDRESS });
      await add(who, 'p-000042', 2);
      await add(who, 'p-000007');
      return who;
    }

    beforeAll(async () => {
      host = await sharedHost(kind);
    });

    test('shows for every way to send it what the order then costs', async () => {
      const who = await shopper('whole');
      const { visit, view } = await look(who);
      expect([visit.status, visit.json().meta]).toEqual([200, { complete: true, sections: {} }]);
      expect(visit.headers.get('cache-control')).toMatch(/private|no-store/);
      expect(view).toMatchObject({ cart: { pieces: 3 }, address: view.addresses[0]?.id });
      const prices = view.services?.map(({ price }) => price.minor) ?? [];
      expect([prices.length > 1, prices]).toEqual([true, prices.toSorted((a, b) => a - b)]);
      for (const { service, price, total } of view.services ?? []) {
        expect(total.minor).toBe((view.cart.subtotal?.minor ?? 0) + price.minor);
        const placed = await who.send('POST', at('/api/orders'), {
          json: { address: view.address, service, total },
          headers: { 'idempotency-key': randomUUID() },
        });
        expect([placed.status, placed.json().total]).toEqual([201, total]);
        await add(who, 'p-000042', 2);
        await add(who, 'p-000007');
      }
    });

    test('takes the address that is named, the default one where none is, and no other', async () => {
      const bo = visitor();
      await signIn(bo, host.url, 'bo');
      const { view } = await look(bo);
      const other = view.addresses.at(-1)?.id;
      expect(view.address).toBe(view.addresses[0]?.id);
      expect((await look(bo, `?address=${other}`)).view.address).toBe(other);
      const foreign = await look(await shopper('foreign'), `?address=${other}`);
      expect([problem(foreign.visit), foreign.visit.json().errors]).toMatchObject([
        [400, 'invalid-request'],
        [{ in: 'query', path: 'address' }],
      ]);
      expect((await look(visitor())).visit.status).toBe(401);
    });

    test('stands without what can’t be had, and says what is in the way', async () => {
      const who = await shopper('degraded');
      const under = (scenario: string) => look(who, '', { 'x-scenario': scenario });
      const nobody = await under('shipping=down');
      expect([nobody.visit.headers.get('section-status'), nobody.view.services, nobody.view.cart.pieces]).toEqual([
        'services=missing;reason=unavailable',
        undefined,
        3,
      ]);
      expect((await under('pricing=down')).visit.headers.get('section-status')).toContain('services=missing');
      expect((await under('pricing=empty')).view).toMatchObject({ services: [], obstacle: 'not-for-sale' });
      expect((await under('shipping=empty')).view).toMatchObject({ services: [] });
      expect((await under('customers=down')).visit.status).toBe(502);
      const empty = await under('cart=empty');
      expect([empty.visit.status, empty.view.cart.pieces, empty.view.services]).toEqual([200, 0, undefined]);
    });

    test('ends in the page of the order, once however often its form is sent', async () => {
      const who = await shopper('form');
      const { view } = await look(who);
      const key = { _key: randomUUID() };
      const before = await orders(who);
      const first = await order(who, view, key);
      expect([first.status, first.headers.get('location')]).toEqual([
        303,
        expect.stringMatching(/^\/orders\/o-\d{6}\?form=/),
      ]);
      const again = await order(who, view, key);
      const path = (visit: Visit) => visit.headers.get('location')?.split('?')[0];
      expect(path(again)).toBe(path(first));
      expect(await orders(who)).toBe(before + 1);
      const page = await who.get(at(first.headers.get('location') ?? ''));
      expect(page.text).toContain('Your order is placed');
    });

    test('asks again where the total is another by now, and keeps the key where its outcome is unknown', async () => {
      const who = await shopper('problems');
      const { view } = await look(who);
      const changed = await order(who, view, { 'total.minor': '1' });
      expect(changed.headers.get('location')).toMatch(/^\/checkout\?form=/);
      expect((await who.get(at(changed.headers.get('location') ?? ''))).text).toContain('The total has changed');
      const _key = randomUUID();
      const lost = await order(who, view, { _key }, { 'x-scenario': 'orders=drifted' });
      const page = await who.get(at(`${lost.headers.get('location')}&whole=1`));
      expect(page.text).toContain('can’t tell yet');
      const resend = /<form[^>]*aria-label="Ask again".*?<\/form>/s.exec(page.text)?.[0] ?? '';
      const fields = Object.fromEntries(
        [...resend.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
      );
      expect(fields).toMatchObject({ _key, 'total.minor': `${view.services?.[0]?.total.minor}` });
      expect(page.text).not.toContain('Place order');
      const settled = await post(who, '/api/orders', fields as Record<string, string>);
      expect(settled.headers.get('location')).toMatch(/^\/orders\/o-/);
    });
  });

  describe(`personal pages on the ${kind} host`, () => {
    let host: Running;
    const at = (path: string) => host.url + path;
    beforeAll(async () => {
      host = await sharedHost(kind);
    });

    test.each([
      '/account',
      '/account/addresses?cursor=abc',
      '/account/addresses/new',
      '/account/addresses/a-100001',
      '/account/sessions',
      '/orders',
      '/orders/o-100005?x=%2F%2Fevil.test',
      '/checkout?address=a-100001&service=express',
    ])('%s leads no one to the sign-in and back, whatever they say of themselves', async (page) => {
      const headers = { 'x-here': 'https://evil.test/', host: new URL(host.url).host };
      const { status, headers: answer } = await visitor().get(at(page), headers);
      const location = new URL(answer.get('location') ?? '', host.url);
      expect([status, location.origin, location.pathname]).toEqual([307, host.url, '/api/auth/login']);
      expect(location.searchParams.get('return')).toBe(page);
    });

    test('a form of a customer whose session has ended leads to a page of ours, not on to the provider', async () => {
      const { headers } = await visitor().get(at('/checkout?address=a-100001&form=abc'));
      expect(headers.get('location')).toBe(`/sign-in?${new URLSearchParams({ return: '/checkout?address=a-100001' })}`);
      const page = await visitor().get(at(`/sign-in?${new URLSearchParams({ return: '//evil.test' })}`));
      expect(page.text).not.toContain('evil.test/');
      expect(page.text).toContain('/api/auth/login?return=%2Faccount');
    });

    test.each(['/orders/o-999999', '/orders/zzz', '/account/addresses/a-999999', '/account/addresses/..%2fx'])(
      'there is no page at %s',
      async (page) => {
        const ada = visitor();
        await signIn(ada, host.url, 'ada');
        expect((await ada.get(at(page))).status).toBe(404);
      },
    );

    test('an address that was changed meanwhile is shown beside what was typed, and then replaced', async () => {
      const who = visitor();
      await signIn(who, host.url, `conflict${kind}`);
      const made = (await who.send('POST', at('/api/addresses'), { json: ADDRESS })).json();
      const path = `/account/addresses/${made.id}`;
      const sid = who.cookies(new URL(host.url).host).get('sid') ?? '';
      const matchIn = ({ text }: Visit) =>
        /name="_match" value="([^"]+)"/.exec(text)?.[1]?.replaceAll('&quot;', '"') ?? '';
      const put = (match: string, city: string) =>
        who.send('POST', at(`/api/addresses/${made.id}?_method=PUT`), {
          body: new URLSearchParams({
            _csrf: formToken(sid),
            _match: match,
            _then: '/account/addresses',
            ...ADDRESS,
            city,
          }).toString(),
          headers: { 'content-type': FORM, referer: at(path) },
        });
      const old = matchIn(await who.get(at(path)));
      expect((await put(old, 'Potsdam')).headers.get('location')).toMatch(/^\/account\/addresses\?form=/);
      const refused = await put(old, 'Leipzig');
      expect(refused.headers.get('location')).toMatch(new RegExp(`^${path}\\?form=`));
      const page = await who.get(at(refused.headers.get('location') ?? ''));
      expect(page.text).toContain('10119 Potsdam');
      expect(page.text).toMatch(/name="city"[^>]*value="Leipzig"/);
      expect((await put(matchIn(page), 'Leipzig')).headers.get('location')).toMatch(/^\/account\/addresses\?form=/);
      expect((await who.get(at(`/api/addresses/${made.id}`))).json().city).toBe('Leipzig');
    });

    test('a page that can’t be put together says so without any script', async () => {
      const ada = visitor();
      await signIn(ada, host.url, 'ada');
      for (const page of [
        '/cart?scenario=cart=down',
        '/account?scenario=customers=down',
        '/products/p-000042?scenario=pricing=down',
        '/orders?scenario=orders=drifted',
      ]) {
        const { text } = await ada.get(at(page));
        expect(/<main.*could not be put together.*<\/main>/s.test(text), page).toBe(true);
        expect(text).toContain('noindex');
      }
    });

    test('the visitor is named as far as known', async () => {
      const who = visitor();
      const told = async (headers = {}) => {
        const { meta, ...view } = (await who.get(at('/api/visitor'), headers)).json();
        return [view, (meta as { complete: boolean } | undefined)?.complete ?? true];
      };
      expect(await told()).toEqual([{ signedIn: false, pieces: 0 }, true]);
      await who.send('POST', at('/api/cart/lines'), { json: { product: 'p-000042', quantity: 3 } });
      expect(await told()).toEqual([{ signedIn: false, pieces: 3 }, true]);
      await signIn(who, host.url, `looker${kind}`);
      const name = `looker${kind} Guest`;
      expect(await told()).toEqual([{ signedIn: true, name, pieces: 3 }, true]);
      expect(await told({ 'x-scenario': 'cart=down' })).toEqual([{ signedIn: true, name }, false]);
      expect((await who.get(at('/api/visitor'))).headers.get('cache-control')).toMatch(/private|no-store/);
    });

    test('no page waits for its head to know who is looking', async () => {
      const ada = visitor();
      await signIn(ada, host.url, 'ada');
      const cookie = [...ada.cookies(new URL(host.url).host)].map(([name, value]) => `${name}=${value}`).join('; ');
      const page = await fetch(at('/search?q=lamp'), { headers: { cookie: `${cookie}; scenario=cart%3Dhang` } });
      let text = '';
      for await (const chunk of page.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk;
        // All of it is there while the cart keeps us waiting still.
        if (text.includes('</main>') && !text.includes('</html>')) break;
      }
      expect(text).toContain('class="card-link"');
      expect(text).toContain('href="/cart"');
      expect(text).not.toContain('</html>');
    });
  });
}
