import { request } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { formToken } from '#kernel/http/forms/form-fields.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import type { Running } from '#tests/support/host.ts';
import { sharedHost } from '#tests/support/shared-host.ts';
import { signEvent } from '#tests/support/upstream-event.ts';
import { signIn, visitor } from '#tests/support/visitor.ts';
import { bytesOf, openWire } from './wire.ts';

let lean: Running;
let next: Running;

beforeAll(async () => {
  lean = await sharedHost('lean');
  next = await sharedHost('next');
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A raw request: fetch would tidy up the very targets that are to be tried. */
function ask({ url }: Running, target: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: target, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const fields = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        );
        resolve({ status: response.statusCode ?? 0, headers: fields, body: Buffer.concat(chunks).toString('latin1') });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The headers that we set and that do not tell of one request alone. */
const OURS = [
  'content-type',
  'content-language',
  'etag',
  'cache-control',
  'vary',
  'section-status',
  'allow',
  'location',
  'retry-after',
  'deprecation',
  'sunset',
  'link',
  'app-update',
];

/** Next adds these four to every Vary of its own accord; nothing of ours depends on them. */
const NEXT_VARY = /^rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch(?:, )?/;
const withoutNext = (value: string | undefined) => value?.replace(NEXT_VARY, '') || undefined;

const comparable = ({ status, headers, body }: Answer, { url }: Running) => ({
  status,
  headers: Object.fromEntries(OURS.map((name) => [name, withoutNext(headers[name])?.replaceAll(url, 'ORIGIN')])),
  body: body
    .replaceAll(url, 'ORIGIN')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'MOCKS')
    .replace(/"requestId":"[^"]+"/, '"requestId":""')
    .replace(/\?trace=[\w.-]+/, '?trace='),
});

const build = (version: string): Ask => ({ headers: { 'x-app-version': version } });

const ODD_RETURNS = [
  '/search?q=a',
  '/',
  '/caf\u00e9',
  '/\u65e5\u672c?q=\u672c#\u{1F600}',
  '/a b',
  '/a\r\nSet-Cookie: x=y',
  '/\ud800',
  '//evil.test/a',
  '/\\evil.test',
  'https://evil.test/',
  '',
  `/${'a'.repeat(3_000)}`,
];
const theme = (back: string): [string, Ask] => [
  '/theme/set',
  {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    body: String(new URLSearchParams({ theme: 'dark', return: back })),
  },
];

const SAME: readonly [string, string, Ask?][] = [
  ['a product', '/api/products/p-000042'],
  ['a stream that can’t be', '/api/events?topics=nope,catalog&watch=/api/nothing'],
  ['a stream of what is personal', '/api/events?watch=/api/account'],
  ['a stream’s head', '/api/events?topics=catalog', { method: 'HEAD' }],
  ['a read’s head as a stream', '/api/home', { method: 'HEAD', headers: { accept: 'text/event-stream' } }],
  ['a product in pounds', '/api/products/p-000042?currency=GBP'],
  ['chosen parts', '/api/products/p-000042?parts=rating'],
  ['parts with an index', '/api/products/p-000042?parts[1]=rating&parts[0]=stock'],
  ['no parts', '/api/products/p-000042?parts='],
  ['an unknown part', '/api/products/p-000042?parts=rating,nope'],
  ['the home page', '/api/home'],
  ['the home page in German', '/api/home?locale=DE', { headers: { 'accept-language': 'en' } }],
  ['the home page for who reads German', '/api/home', { headers: { 'accept-language': 'de-AT, de;q=0.9, en;q=0.5' } }],
  ['the home page for who reads no English', '/api/home', { headers: { 'accept-language': 'fr, en;q=0' } }],
  ['the home page in a language that there is not', '/api/home?locale=fr'],
  ['a search', '/api/products?q=lamp&limit=3'],
  ['a search without results', '/api/products?q=zzzzzz'],
  ['a product’s reviews', '/api/products/p-000005/reviews?limit=3'],
  ['categories', '/api/categories'],
  ['the app’s first screen', '/api/mobile/home'],
  [
    'the app’s first screen for who reads German',
    '/api/mobile/home',
    { headers: { 'accept-language': 'de-AT, en;q=0.5' } },
  ],
  ['the app’s first screen for a build that should be updated', '/api/mobile/home', build('ios/2.4.0')],
  ['the app’s first screen for a build that is too old', '/api/mobile/home', build('android/1.9')],
  ['the app’s first screen for a build that can’t be read', '/api/mobile/home', build('ios/new')],
  ['the old door', '/api/v1/home'],
  ['the old door in pounds', '/api/v1/home?currency=GBP'],
  ['the old door’s head', '/api/v1/home', { method: 'HEAD' }],
  ['the old door’s options', '/api/v1/home', { method: 'OPTIONS' }],
  ['a write at the old door', '/api/v1/home', { method: 'POST', body: '{"a":1}' }],
  ['the old door under a scenario', '/api/v1/home', { headers: { 'x-scenario': 'content=down' } }],
  ['the old door asked wrongly', '/api/v1/home?limit=3&currency=XXX'],
  ['the old door for a build that is too old', '/api/v1/home', build('ios/1.9.0')],
  ['the old door for a bearer that nobody can check', '/api/v1/home', { headers: { authorization: 'Bearer x' } }],
  ['the old door as a stream’s head', '/api/v1/home', { method: 'HEAD', headers: { accept: 'text/event-stream' } }],
  ['the old door for who takes codings', '/api/v1/home', { headers: { 'accept-encoding': 'br, gzip' } }],
  ['a place beside the old door', '/api/v1/nothing'],
  ['nobody’s checkout', '/api/checkout'],
  ['who is looking', '/api/visitor'],
  ['a missing product', '/api/products/p-999999'],
  ['a malformed id', '/api/products/nonsense'],
  ['an id with an encoded slash', '/api/products/p-000042%2Fx'],
  ['an id that climbs', '/api/products/..%2f..%2fetc'],
  ['an id with a control character', '/api/products/p-00004%0a'],
  ['unknown, repeated and bad query keys', '/api/products?limit=0&limit=3&colour=red&sort=worst'],
  ['a bad cursor', '/api/products?cursor=%25'],
  ['a cursor of another list', '/api/products/p-000005/reviews?cursor=Mi45&limit=3'],
  ['a route that is not there', '/api/nothing/here'],
  ['a method that is not there', '/api/products/p-000042', { method: 'DELETE' }],
  ['OPTIONS', '/api/products/p-000042', { method: 'OPTIONS' }],
  ['HEAD', '/api/categories', { method: 'HEAD' }],
  ['an Accept that we can’t fill', '/api/categories', { headers: { accept: 'text/html' } }],
  ['an Accept that we can', '/api/categories', { headers: { accept: 'text/html, application/*;q=0.5' } }],
  ['a scenario', '/api/products/p-000042', { headers: { 'x-scenario': 'reviews=down' } }],
  ['a scenario in the query', '/api/products/p-000042?scenario=inventory=drifted'],
  ['a scenario in a cookie', '/api/products/p-000042', { headers: { cookie: 'a=b; scenario=reviews%3Dempty' } }],
  ['a scenario that is none', '/api/products/p-000042', { headers: { 'x-scenario': 'reviews=tired' } }],
  ['a required section that drifted', '/api/products/p-000042', { headers: { 'x-scenario': 'pricing=drifted' } }],
  ['a bearer where nobody can check it', '/api/mobile/home', { headers: { authorization: 'Bearer x' } }],
  ...(['stripe', 'github', 'clerk', 'upstream'] as const).flatMap((sender): [string, string, Ask?][] => {
    const at = `/api/webhooks/${sender}`;
    const json = { 'content-type': 'application/json' };
    return [
      [`an unsigned webhook of ${sender}`, at, { method: 'POST', headers: json, body: '{}' }],
      [`a webhook of ${sender} without a type`, at, { method: 'POST', body: '{}' }],
      [`a webhook of ${sender} that is asked for`, at],
    ];
  }),
  ...ODD_RETURNS.map((back): [string, string, Ask] => [
    `a theme that leads back to ${JSON.stringify(back)}`,
    ...theme(back),
  ]),
  ['an unknown query key', '/api/categories?colour=red'],
  ['a target in absolute form', 'http://evil.test/api/categories'],
  ['a target in absolute form that asks for more', 'HTTP://evil.test:1/api/products?limit=0'],
  ['a trailing slash', '/api/categories/'],
  ['doubled slashes', '/api//categories'],
];

describe('both hosts answer the same', () => {
  for (const [name, target, how] of SAME) {
    test(name, async () => {
      const [ours, theirs] = [await ask(lean, target, how), await ask(next, target, how)];
      expect(comparable(ours, lean)).toEqual(comparable(theirs, next));
    });
  }
});

for (const kind of ['lean', 'next'] as const) {
  describe(`the ${kind} host`, () => {
    const host = () => (kind === 'lean' ? lean : next);

    test('answers 304 to the ETag that it gave', async () => {
      const target = '/api/products/p-000077';
      const first = await ask(host(), target);
      expect(first.headers['cache-status']).toBe('tributary; fwd=miss; stored');
      const again = await ask(host(), target, { headers: { 'if-none-match': first.headers.etag ?? '' } });
      expect([again.status, again.body]).toEqual([304, '']);
    });

    test('answers 304 at the deprecated route, and says there too that it goes', async () => {
      const first = await ask(host(), '/api/v1/home');
      const again = await ask(host(), '/api/v1/home', { headers: { 'if-none-match': first.headers.etag ?? '' } });
      expect([again.status, again.body, again.headers.etag]).toEqual([304, '', first.headers.etag]);
      expect(again.headers).toMatchObject({ deprecation: '@1788220800', sunset: 'Wed, 30 Jun 2027 00:00:00 GMT' });
    });

    test('names every section that took time, and the request', async () => {
      const { headers } = await ask(host(), '/api/products/p-000078', { headers: { 'x-request-id': 'abc.1' } });
      expect(headers['server-timing']).toMatch(/product;dur=[\d.]+;desc="miss"/);
      expect(headers['x-request-id']).toBe('abc.1');
    });

    test('refuses a target that is too long', async () => {
      const { status, body } = await ask(host(), `/api/products?q=${'a'.repeat(9_000)}`);
      expect([status, JSON.parse(body).code]).toEqual([414, 'target-too-long']);
    });

    test('is ready and alive', async () => {
      expect((await ask(host(), '/api/health/live')).status).toBe(200);
      expect(JSON.parse((await ask(host(), '/api/health/ready')).body)).toEqual({
        status: 'ready',
        degraded: [],
        mocked: [...UPSTREAMS],
      });
    });

    test('shows the shop', async () => {
      const { status, body } = await ask(host(), '/');
      expect(status).toBe(200);
      expect(body).toContain('<html');
    });

    test('gives a page a policy with a nonce of its own, which its scripts carry, and the API none of it', async () => {
      const [one, other] = [await ask(host(), '/'), await ask(host(), '/')];
      const nonce = /'nonce-([^']+)'/.exec(one.headers['content-security-policy'] ?? '')?.[1] ?? '';
      expect(nonce.length).toBeGreaterThanOrEqual(22);
      expect(other.headers['content-security-policy']).not.toContain(nonce);
      const scripts = [...one.body.matchAll(/<script[^>]*>/g)].map(([tag]) => tag);
      expect(scripts.length).toBeGreaterThan(0);
      for (const tag of scripts) expect(tag).toContain(`nonce="${nonce}"`);
      expect(one.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'strict-origin-when-cross-origin',
      });
      const api = await ask(host(), '/api/categories');
      expect(api.headers['content-security-policy']).not.toContain('nonce');
    });

    test('says with every kind of answer what it is, and whose', async () => {
      const form = theme('/')[1];
      const script = /\/_next\/static\/[^"]+\.js/.exec((await ask(host(), '/')).body)?.[0] ?? '';
      const KINDS: readonly [string, Ask?][] = [
        ['/api/categories'],
        ['/api/categories'],
        ['/api/categories', { headers: { 'if-none-match': '*' } }],
        ['/api/categories', { headers: { accept: 'text/html' } }],
        ['/api/categories', { method: 'HEAD' }],
        ['/api/categories', { method: 'OPTIONS' }],
        ['/api/categories', { method: 'POST' }],
        ['/api/categories', { method: 'TRACE' }],
        ['/api/categories/'],
        ['/api/home', { method: 'HEAD', headers: { accept: 'text/event-stream' } }],
        ['/api/v1/home'],
        ['/api/account'],
        ['/api/nothing'],
        ['/api/openapi.json'],
        ['/api/webhooks/stripe', { method: 'POST', body: '{}' }],
        ['/'],
        ['/nothing-here'],
        ['/icon.svg'],
        [script],
        ['/_next/static/nothing.js'],
        ['/docs'],
        ['/', { method: 'TRACE' }],
        ['/icon.svg', { method: 'TRACE' }],
        ['/theme/set', form],
        ['/theme/set', { ...form, headers: { ...form.headers, 'sec-fetch-site': 'cross-site' } }],
        ['/products/p-000042/'],
      ];
      const said: unknown[] = [];
      for (const [target, how] of KINDS) {
        const { status, headers } = await ask(host(), target, how);
        const policy = headers['content-security-policy'];
        said.push([
          `${how?.method ?? 'GET'} ${target} ${status < 500}`,
          headers['x-content-type-options'],
          headers['cross-origin-resource-policy'],
          target.startsWith('/api') ? policy : "default-src 'none'; frame-ancestors 'none'",
        ]);
      }
      expect(said).toEqual(
        KINDS.map(([target, how]) => [
          `${how?.method ?? 'GET'} ${target} true`,
          'nosniff',
          'same-origin',
          "default-src 'none'; frame-ancestors 'none'",
        ]),
      );
      expect(host().output()).not.toContain('TRACE');
    });

    test('says so with what node:http refuses by itself as well', async () => {
      const refused = [
        bytesOf('GET', '/api/categories', ['Host: x', 'Expect: miracles']),
        bytesOf('GET', '/api/categories', []),
        ...(kind === 'lean' ? ['HELO shop\r\n\r\n'] : []),
      ];
      const said: unknown[] = [];
      for (const bytes of refused) {
        const wire = await openWire(host().port);
        wire.send(bytes);
        const { status, headers } = (await wire.read()) ?? { status: 0, headers: {} as Record<string, string> };
        wire.close();
        said.push([status, headers['x-content-type-options'], headers['content-security-policy']]);
        expect(headers['content-type']).toBe(kind === 'lean' ? 'application/problem+json' : undefined);
      }
      const policy = "default-src 'none'; frame-ancestors 'none'";
      expect(said).toEqual([417, 400, 400].slice(0, refused.length).map((status) => [status, 'nosniff', policy]));
    });

    test.each(['/', '/api/categories', '/theme/set', '/nothing-here'])(
      'answers TRACE %s without a stack',
      async (target) => {
        const { status, body } = await ask(host(), target, { method: 'TRACE' });
        expect(kind === 'lean' ? [405] : [400, 405]).toContain(status);
        expect(body).not.toMatch(/\bat .*:\d+/);
      },
    );

    test.each([
      ['POST', '/', 'a=1', 'application/x-www-form-urlencoded'],
      ['POST', '/cart', '--b\r\n\r\n--b--', 'multipart/form-data; boundary=b'],
      ['POST', '/nothing-here', '[]', 'text/plain'],
      ['DELETE', '/', undefined, undefined],
      ['PROPFIND', '/docs', undefined, undefined],
    ])('shows no page to %s %s, and looks for no Server Action in it', async (method, target, body, type) => {
      const { status, headers } = await ask(host(), target, {
        method,
        ...(body !== undefined && { body }),
        headers: { 'next-action': '7f0000000000000000000000000000000000000000', ...(type && { 'content-type': type }) },
      });
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
      expect(host().output()).not.toContain('Server Action');
    });

    test.each([
      ['/', 'GET, HEAD, OPTIONS'],
      ['/theme/set', 'POST, OPTIONS'],
    ])('says what may be done at %s: %s', async (target, allow) => {
      const { status, headers } = await ask(host(), target, { method: 'OPTIONS' });
      expect([status, headers.allow]).toEqual([204, allow]);
    });

    test('describes itself, the same on both hosts', async () => {
      const { status, body } = await ask(host(), '/api/openapi.json');
      expect([status, JSON.parse(body).openapi]).toEqual([200, '3.1.1']);
      expect(JSON.parse(body)).toEqual(JSON.parse((await ask(lean, '/api/openapi.json')).body));
    });

    test.each(['/products/p-999999', '/products/zzz', '/products/..%2fx'])('has no page at %s', async (target) => {
      expect((await ask(host(), target)).status).toBe(404);
    });

    test('takes a webhook byte for byte as it was signed, once', async () => {
      const post = async (id: string, body = (text: string) => text) => {
        const signed = signEvent(id, { type: 'inventory.level.changed', object: { id: 'p-000001', version: 1 } });
        const answer = await ask(host(), '/api/webhooks/upstream', {
          method: 'POST',
          headers: signed.headers,
          body: body(signed.body),
        });
        return [answer.status, JSON.parse(answer.body).received];
      };
      expect(await post(`both_${kind}`)).toEqual([200, 'now']);
      expect(await post(`both_${kind}`)).toEqual([200, 'before']);
      expect(await post(`both_${kind}_other`, (text) => `${text} `)).toEqual([401, undefined]);
    });

    test('takes a form of a customer, and reports on the page that it came from', async () => {
      const who = visitor();
      const { url } = host();
      await signIn(who, url, `both${kind}`);
      const sid = who.cookies(new URL(url).host).get('sid') ?? '';
      const send = (rating: string) =>
        who.send('POST', `${url}/api/products/p-000301/reviews`, {
          body: new URLSearchParams({ _csrf: formToken(sid), rating, title: `On ${kind}`, text: 'Yes.' }).toString(),
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            'x-csrf': '',
            referer: `${url}/products/p-000301?currency=GBP`,
          },
        });
      for (const [rating, told] of [
        ['4', 'Thank you'],
        ['9', 'role="alert"'],
      ] as const) {
        const sent = await send(rating);
        const location = sent.headers.get('location') ?? '';
        expect([sent.status, location]).toEqual([
          303,
          expect.stringMatching(/^\/products\/p-000301\?currency=GBP&form=[\w-]{24}$/),
        ]);
        expect((await who.get(url + location)).text).toContain(told);
      }
    });

    test('plays a scenario that stands in a page’s query, on that page alone', async () => {
      const played = await ask(host(), '/products/p-000300?scenario=reviews=down');
      expect(played.body).toContain('be shown right now.');
      expect((await ask(host(), '/products/p-000300')).body).not.toContain('be shown right now.');
    });
  });
}

describe('what differs', () => {
  test('a query key that Next has its own use for never comes to us there', async () => {
    const target = '/api/products/p-000042?nxtPid=p-000001';
    expect((await ask(lean, target)).status).toBe(400);
    const theirs = await ask(next, target);
    expect([theirs.status, JSON.parse(theirs.body).id]).toEqual([200, 'p-000042']);
  });

  test('OPTIONS * is no page', async () => {
    expect((await ask(lean, '*', { method: 'OPTIONS' })).status).toBe(204);
    expect((await ask(next, '*', { method: 'OPTIONS' })).status).toBeLessThan(500);
  });

  test('the lean host leads who comes by another name of this machine to the one that cookies are for', async () => {
    const { port } = new URL(lean.url);
    const named = await ask(lean, '/search?q=a', { headers: { host: `localhost:${port}` } });
    expect([named.status, named.headers.location]).toEqual([307, `${lean.url}/search?q=a`]);
    for (const other of ['evil.test', `evil.test:${port}`, 'localhost:1', '127.0.0.1.evil.test']) {
      const { status, headers } = await ask(lean, '/', { headers: { host: other } });
      expect([status, headers.location], other).toEqual([200, undefined]);
    }
  });

  test('the lean host codes what is asked for often', async () => {
    const target = '/api/products/p-000079';
    const { headers: plain } = await ask(lean, target);
    for (let tries = 0; tries < 200; tries++) {
      const coded = await ask(lean, target, { headers: { 'accept-encoding': 'gzip' } });
      if (coded.headers['content-encoding'] !== 'gzip') continue;
      expect(coded.headers.etag).toBe(plain.etag?.replace(/"$/, '-gzip"'));
      return;
    }
    expect.unreachable('it was never coded');
  });

  test('Next loses Content-Encoding, so nothing coded is ever given to it', async () => {
    for (let tries = 0; tries < 20; tries++) {
      const { body } = await ask(next, '/api/products/p-000079', { headers: { 'accept-encoding': 'gzip, br' } });
      expect(JSON.parse(body)).toHaveProperty('id', 'p-000079');
    }
  });

  test('a path that can’t be decoded is a problem on the lean host, and a 400 of Next’s own making', async () => {
    const { status, body } = await ask(lean, '/api/products/%zz');
    expect([status, JSON.parse(body).errors[0].code]).toEqual([400, 'escape']);
    const theirs = await ask(next, '/api/products/%zz');
    expect([theirs.status, theirs.headers['content-type']]).not.toEqual([400, 'application/problem+json']);
    expect(theirs.status).toBe(400);
  });
});
