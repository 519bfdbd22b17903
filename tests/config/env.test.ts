import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describeEnv, type EnvError, readEnv } from '#config/env.ts';
import { isSecret } from '#config/secrets.ts';
import { WEBHOOK_SENDERS } from '#config/webhooks.ts';
import { banner } from '#host/process/banner.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';

const REMOTE = 'https://shop.example.com';
/** A key as a person would make one, but the same each time. */
const keyOf = (text: string) => hash('sha256', text, 'base64url');
const SECRETS = {
  IDENTITY_URL: 'https://login.example.com',
  IDENTITY_CLIENT_ID: 'shop',
  IDENTITY_CLIENT_SECRET: 'secret',
  STATE_KEYS: keyOf('a test’s own'),
};
const LIVE: Record<string, string> = {
  ...Object.fromEntries(UPSTREAMS.map((name) => [`${name.toUpperCase()}_URL`, `https://${name}.internal`])),
  SHIPPING_KEY: 'key',
  STRIPE_SECRET_KEY: 'sk_key',
};

function refusal(source: Record<string, string>): EnvError {
  try {
    readEnv(source);
  } catch (error) {
    return error as EnvError;
  }
  throw new Error('the environment was taken');
}

describe('what nothing says', () => {
  test('is a shop on this machine, over mocks of every upstream', () => {
    const env = readEnv({});
    expect(env).toMatchObject({ port: 3000, host: '127.0.0.1', publicUrl: 'http://localhost:3000', mocksPort: 4000 });
    expect(env).toMatchObject({ trustedProxies: 0, dataDir: '.data', logLevel: 'info', dev: false });
    expect(Object.keys(env.upstreams)).toEqual([...UPSTREAMS]);
    expect(env.upstreams.catalog).toEqual({ url: 'http://127.0.0.1:4000/catalog/', mocked: true, origin: 'default' });
  });

  test('is what an empty value says too', () => {
    expect(readEnv({ PORT: '', CATALOG_URL: '', MOCKS: '' })).toEqual(readEnv({}));
  });

  test('follows PORT and MOCKS_PORT', () => {
    const env = readEnv({ PORT: '8080', MOCKS_PORT: '4100' });
    expect(env.publicUrl).toBe('http://localhost:8080');
    expect(env.upstreams.content.url).toBe('http://127.0.0.1:4100/content/');
  });
});

describe('rate limits', () => {
  test('hold where nothing says so', () => {
    expect(readEnv({}).rateLimits).toEqual({
      reads: { quota: 600, seconds: 60 },
      writes: { quota: 60, seconds: 60 },
      logins: { quota: 20, seconds: 300 },
    });
  });

  test('are requests in a time, or off, each by itself', () => {
    const set = { RATE_LIMIT_READS: 'off', RATE_LIMIT_WRITES: '3/2s', RATE_LIMIT_LOGINS: '7/24h' };
    expect(readEnv(set).rateLimits).toEqual({
      writes: { quota: 3, seconds: 2 },
      logins: { quota: 7, seconds: 86_400 },
    });
  });
});

describe('the state', () => {
  const STATE_URL = 'postgres://tributary:geheim@db.internal/tributary';

  test('is a file where nothing says so', () => expect(readEnv({}).sharedState).toBeUndefined());

  test('in a database has limits that go with the deadlines', () => {
    const { sharedState } = readEnv({ STATE_URL, STATE_KEYS: SECRETS.STATE_KEYS });
    const limits = { connections: 10, connectTimeout: 800, statementTimeout: 1_000, instances: 1 };
    expect(sharedState).toEqual({ url: STATE_URL, ...limits });
    const set = {
      STATE_CONNECTIONS: '3',
      STATE_CONNECT_TIMEOUT: '200',
      STATE_STATEMENT_TIMEOUT: '300',
      INSTANCES: '4',
    };
    expect(readEnv({ STATE_URL, STATE_KEYS: SECRETS.STATE_KEYS, ...set, DEADLINE_SCALE: '5' }).sharedState).toEqual({
      url: STATE_URL,
      connections: 3,
      connectTimeout: 1_000,
      statementTimeout: 1_500,
      instances: 4,
    });
  });

  test('in a database needs keys that all instances have, on this machine too', () => {
    expect(refusal({ STATE_URL }).message).toMatch(
      /STATE_KEYS is not set, and STATE_URL is: all instances need the same/,
    );
  });

  test.each([
    'mysql://db/tributary',
    'postgres://db',
    'postgres:///tributary',
    'postgres://db/tributary?password=geheim',
    'tributary',
  ])('is not at %s', (url) => {
    expect(refusal({ STATE_URL: url, STATE_KEYS: SECRETS.STATE_KEYS }).message).toMatch(/is not a postgres:\/\/ URL/);
  });

  test('never shows its password', () => {
    expect(
      refusal({ STATE_URL: 'postgres:/tributary:geheim@db/x?password=geheim', STATE_CONNECTIONS: '0' }).message,
    ).not.toMatch(/geheim/);
  });
});

describe('builds of the app', () => {
  const seen = (source: Record<string, string>) => {
    const { ios, android } = readEnv(source).apps;
    return [ios, android].map(({ minimum, recommended, store }) => [minimum?.text, recommended?.text, store]);
  };
  const away = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };
  const APPLE = 'https://apps.apple.com/app/id1';

  test('are old and new on this machine, to be tried, and elsewhere all the same', () => {
    expect(seen({})).toEqual([
      ['2.0.0', '3.0.0', 'https://apps.apple.com/'],
      ['2.0.0', '2.9.0', 'https://play.google.com/store'],
    ]);
    expect(seen(away)).toEqual([
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
    ]);
  });

  test('are as they are set, each platform by itself; where one bound is set the other is none', () => {
    expect(seen({ MOBILE_MIN_VERSION: 'ios/9.1' })).toEqual([
      ['9.1', undefined, 'https://apps.apple.com/'],
      [undefined, undefined, 'https://play.google.com/store'],
    ]);
    const set = { MOBILE_MIN_VERSION: 'ios/2.4.0-rc.1', MOBILE_RECOMMENDED_VERSION: 'android/3, iOS/2.4' };
    expect(seen({ ...away, ...set, APP_STORE_URL: APPLE })).toEqual([
      ['2.4.0-rc.1', '2.4', APPLE],
      [undefined, '3', undefined],
    ]);
  });

  test.each(['2.4.0', 'ios/2.4.0,ios/3', 'web/1.0', 'ios/new', 'ios/2.4.0,', 'ios/2.4.0.1'])('are not %s', (text) =>
    expect(refusal({ MOBILE_MIN_VERSION: text }).message).toContain(`MOBILE_MIN_VERSION=${text} is not platforms`),
  );

  test.each(['http://apps.apple.com/', 'apps.apple.com', 'javascript:alert(1)', 'https://x.example/"'])(
    'are not to be had at %s',
    (APP_STORE_URL) => {
      const taken = URL.canParse(APP_STORE_URL) && APP_STORE_URL.endsWith('"');
      // A URL escapes what would end the header's string.
      if (taken) expect(readEnv({ APP_STORE_URL }).apps.ios.store).toBe('https://x.example/%22');
      else expect(refusal({ APP_STORE_URL }).message).toContain('is not an https URL');
    },
  );

  test('are never turned away without a word where to, nor recommended below what is answered', () => {
    expect(refusal({ ...away, MOBILE_MIN_VERSION: 'android/2' }).message).toContain('PLAY_STORE_URL is not set');
    const crossed = { MOBILE_MIN_VERSION: 'ios/3', MOBILE_RECOMMENDED_VERSION: 'ios/2.9' };
    expect(refusal(crossed).message).toContain('ios/2.9, older than MOBILE_MIN_VERSION has: ios/3');
  });
});

describe('upstreams', () => {
  test.each([
    ['https://login.example.com shop', 'IDENTITY_URL already'],
    ['https://login.example.com/', 'IDENTITY_URL already'],
    ['https://LOGIN.example.com:443 shop', 'IDENTITY_URL already'],
    ['https://a.example shop,https://b.example,https://a.example', 'twice'],
    ['https://a.example/ shop,https://a.example other', 'twice'],
  ])('an issuer that is named twice is refused: %s', (TRUSTED_ISSUERS, why) => {
    const own = { IDENTITY_URL: 'https://login.example.com', IDENTITY_CLIENT_ID: 'a', IDENTITY_CLIENT_SECRET: 'b' };
    expect(refusal({ ...own, TRUSTED_ISSUERS }).message).toContain(why);
    expect(readEnv({ ...own, TRUSTED_ISSUERS: 'https://login.example.com/tenant,https://c.example' })).toBeDefined();
  });

  test('are live where their URL is set, which gets its slash', () => {
    const { upstreams } = readEnv({ CATALOG_URL: 'https://catalog.internal/v1' });
    expect(upstreams.catalog).toEqual({ url: 'https://catalog.internal/v1/', mocked: false, origin: 'env' });
    expect(upstreams.pricing.mocked).toBe(true);
  });

  test.each([
    'http://localhost:3000',
    'http://127.0.0.1:80',
    'http://127.9.9.9',
    'http://[::1]:3000',
    'http://shop.localhost',
  ])('are mocked by default where PUBLIC_URL is %s', (PUBLIC_URL) =>
    expect(readEnv({ PUBLIC_URL }).upstreams.catalog.mocked).toBe(true),
  );

  test.each([REMOTE, 'https://10.0.0.1', 'https://localhost.example.com', 'https://127.0.0.1.nip.io'])(
    'are never mocked by default where PUBLIC_URL is %s',
    (PUBLIC_URL) => {
      const { kind, message } = refusal({ PUBLIC_URL, CATALOG_URL: 'https://catalog.internal' });
      expect(kind).toBe('env');
      for (const name of UPSTREAMS.slice(1)) expect(message).toContain(`${name.toUpperCase()}_URL is not set`);
      expect(message).not.toContain('CATALOG_URL is');
      for (const name of ['IDENTITY_URL', 'IDENTITY_CLIENT_ID', 'IDENTITY_CLIENT_SECRET', 'STATE_KEYS'])
        expect(message).toContain(`${name} is not set`);
      expect(readEnv({ PUBLIC_URL, ...LIVE, ...SECRETS }).upstreams.content.mocked).toBe(false);
    },
  );

  test.each(['PUBLIC_URL', 'IDENTITY_URL'])('%s is https, but on this machine', (name) => {
    const all = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };
    expect(refusal({ ...all, [name]: 'http://shop.example.com' }).message).toContain(
      `${name} is http://shop.example.com`,
    );
    expect(refusal({ ...all, TRUSTED_ISSUERS: 'http://issuer.example.com shop' }).message).toContain('needs https');
  });

  test('are mocked elsewhere where MOCKS says so', () => {
    expect(readEnv({ PUBLIC_URL: REMOTE, MOCKS: 'on', ...SECRETS }).upstreams.catalog.mocked).toBe(true);
    const { REVIEWS_URL: _, CONTENT_URL: __, ...rest } = LIVE;
    const { upstreams } = readEnv({ PUBLIC_URL: REMOTE, MOCKS: 'reviews, content', ...rest, ...SECRETS });
    expect(UPSTREAMS.filter((name) => upstreams[name].mocked)).toEqual(['reviews', 'content']);
  });

  test('need a URL on this machine too where MOCKS is off or names others', () => {
    expect(refusal({ MOCKS: 'off' }).message).toContain('CATALOG_URL is not set');
    expect(refusal({ MOCKS: 'catalog' }).message).not.toContain('CATALOG_URL');
  });

  test('are not both named by MOCKS and live', () => {
    expect(refusal({ ...LIVE, MOCKS: 'reviews' }).message).toContain('MOCKS names reviews, but REVIEWS_URL is set');
  });
});

describe('what is wrong', () => {
  test('is reported at once, all of it, each with an example', () => {
    const wrong = {
      PORT: '70000',
      PUBLIC_URL: 'shop',
      MOCKS: 'rewiews',
      CATALOG_URL: 'ftp://x',
      LOG_LEVEL: 'loud',
      TRUSTED_PROXIES: '-1',
    };
    const { message } = refusal(wrong);
    for (const [name, value] of Object.entries(wrong))
      expect(message).toMatch(new RegExp(`${name}=${value} is not .+Example: ${name}=`));
    expect(message).toContain('6 variables are not right');
  });

  test('shows no password', () => {
    expect(refusal({ CATALOG_URL: 'https://me:hunter2@catalog.internal' }).message).not.toContain('hunter2');
  });

  test.each([
    ['PORT', '0'],
    ['PORT', '3000x'],
    ['PUBLIC_URL', 'https://shop.example.com/shop'],
    ['PUBLIC_URL', 'javascript:1'],
    ['CATALOG_URL', 'https://x/?a=1'],
    ['HOST', 'a b'],
    ['NODE_ENV', 'staging'],
    ['MOCKS', 'on,off'],
    ['RATE_LIMIT_READS', 'on'],
    ['RATE_LIMIT_READS', '0/1m'],
    ['RATE_LIMIT_WRITES', '60'],
    ['RATE_LIMIT_WRITES', '60/m'],
    ['RATE_LIMIT_WRITES', '60/0s'],
    ['RATE_LIMIT_LOGINS', '10/25h'],
    ['RATE_LIMIT_LOGINS', '-1/1m'],
  ])('%s=%s is refused', (name, value) => expect(refusal({ [name]: value }).message).toContain(`${name}=`));

  test('is one port for two servers', () => {
    expect(refusal({ PORT: '4000' }).message).toContain('MOCKS_PORT is 4000, and so is PORT');
    expect(readEnv({ PORT: '4000', ...LIVE }).port).toBe(4000);
  });

  test('is no example of ours', () => {
    for (const { name, example } of describeEnv) {
      const others: Record<string, string> =
        name === 'SHIPPING_URL' || name === 'PAYMENTS_URL'
          ? { SHIPPING_KEY: 'key', STRIPE_SECRET_KEY: 'sk_key' }
          : name === 'CDN'
            ? { CDN_ID: 'sv1', CDN_TOKEN: 'a-token-of-ours' }
            : name === 'PUBLIC_URL'
              ? { ...LIVE, ...SECRETS }
              : name.startsWith('IDENTITY_') || name === 'STATE_URL'
                ? SECRETS
                : {};
      expect(() =>
        readEnv({
          ...others,
          ...(name === 'MOCKS' && { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS, REVIEWS_URL: '', CONTENT_URL: '' }),
          [name]: example,
        }),
      ).not.toThrow();
    }
  });
});

describe('a secret that everybody knows', () => {
  const remote = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };
  const secrets = describeEnv.filter(({ name }) => isSecret(name));
  const own = (name: string) => {
    if (name === 'STATE_KEYS') return keyOf('another');
    return `whsec_${Buffer.from('a secret of our own, long enough').toString('base64')}`;
  };
  /** One byte over and over, in every writing that the variable takes. */
  const repeated = (name: string, byte: number) => {
    if (name === 'STATE_KEYS') return [Buffer.alloc(32, byte).toString('base64url')];
    const webhook = `whsec_${Buffer.alloc(24, byte).toString('base64')}`;
    if (/^(?:CLERK|UPSTREAM)_WEBHOOK/.test(name)) return [webhook];
    const bytes = Buffer.alloc(32, byte);
    const hex = bytes.toString('hex');
    const plain = [bytes.toString('base64url'), bytes.toString('base64'), hex, hex.toUpperCase()];
    const marks = ['sk_live_', 'base64:', 'v1.', '0x', 'Key_'];
    const pairs = hex.match(/../g)?.join(':') ?? '';
    return [webhook, pairs, ...plain, ...marks.flatMap((mark) => plain.map((text) => mark + text))];
  };

  test.each(secrets.map(({ name, example }) => [name, example] as const))(
    'is an error where others reach us, and is not reported again: %s',
    (name, example) => {
      const values = [example, ...example.split(','), ...repeated(name, 0), '0'.repeat(43)];
      if (/_KEYS|_WEBHOOK_SECRETS$/.test(name)) {
        values.push(
          `${example.split(',')[0]}=`,
          `${own(name)},${example.split(',')[0]}`,
          `${example.split(',')[0]} , ${own(name)}`,
        );
      }
      for (const value of values) {
        const { message } = refusal({ ...remote, [name]: value });
        expect(message, value).toMatch(
          new RegExp(`${name} is (?:the example|one letter or byte over and over), which everybody`),
        );
        for (const one of value.split(',')) expect(message).not.toContain(one.trim());
      }
      expect(readEnv({ ...remote, [name]: own(name) })).toBeDefined();
      expect(() => readEnv({ ...(name.startsWith('IDENTITY') ? SECRETS : {}), [name]: example })).not.toThrow();
    },
  );

  test.each(secrets.map(({ name }) => name))('is one byte over and over, however it is written: %s', (name) => {
    for (const byte of [0x01, 0x20, 0x61, 0x7f, 0xaa, 0xab, 0xff]) {
      for (const value of repeated(name, byte)) {
        expect(refusal({ ...remote, [name]: value }).message, value).toContain(`${name} is one letter or byte over`);
        expect(() => readEnv({ ...(name.startsWith('IDENTITY') ? SECRETS : {}), [name]: value })).not.toThrow();
      }
    }
  });

  test('is one of the mocks’ as well', () => {
    for (const [name, value] of [
      ['IDENTITY_CLIENT_SECRET', 'only-for-the-mock-provider-on-loopback'],
      ['STRIPE_SECRET_KEY', 'sk_test_mock'],
      ['SHIPPING_KEY', 'mock'],
      ['INSPECTOR_TOKEN', DEVELOPMENT_SECRET],
    ] as const) {
      expect(refusal({ ...remote, [name]: value }).message).toContain(`${name} is the mocks’, which everybody knows`);
    }
  });

  test('is not shown where one is missing or wrong', () => {
    const { message } = refusal({
      PUBLIC_URL: REMOTE,
      INSPECTOR: 'on',
      SHIPPING_URL: 'https://s.test/',
      PAYMENTS_URL: 'https://p.test/',
      GITHUB_WEBHOOK_SECRETS: 'short',
      UPSTREAM_WEBHOOK_SECRETS: 'short',
    });
    for (const { name, example } of secrets) {
      if (name === 'STRIPE_PUBLISHABLE_KEY') continue;
      for (const one of example.split(',')) expect(message, name).not.toContain(one);
    }
    expect(message).toContain('STATE_KEYS is not set');
  });
});

describe('an upstream over plain http', () => {
  const remote = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };

  test.each([
    ['ORDERS_URL', 'http://orders.internal/', 'orders'],
    ['CATALOG_URL', 'http://10.0.0.7:8080/', 'catalog'],
    ['SHIPPING_URL', 'http://127.0.0.1.nip.io/', 'shipping'],
  ])('is refused where others reach us, unless the way is declared as ours: %s=%s', (name, url, upstream) => {
    expect(refusal({ ...remote, [name]: url }).message).toContain(`${name} is ${url}`);
    expect(refusal({ ...remote, [name]: url, PLAIN_HTTP: 'support' }).message).toContain(`PLAIN_HTTP=${upstream}`);
    expect(readEnv({ ...remote, [name]: url, PLAIN_HTTP: `support,${upstream}` })).toBeDefined();
    expect(readEnv({ [name]: url, SHIPPING_KEY: 'key' })).toBeDefined();
  });

  test('of this machine is for no other', () => {
    expect(readEnv({ ...remote, ORDERS_URL: 'http://127.0.0.1:8080/' })).toBeDefined();
  });
});

describe('webhook secrets', () => {
  const remote = { PUBLIC_URL: REMOTE, ...LIVE, ...SECRETS };

  test('are the mocks’ on this machine, and none elsewhere', () => {
    for (const sender of WEBHOOK_SENDERS) {
      expect(readEnv({}).webhookSecrets[sender]).toEqual([DEVELOPMENT_SECRET]);
      expect(readEnv(remote).webhookSecrets[sender]).toEqual([]);
    }
  });

  test('may be two, and never the mocks’ where others can reach us', () => {
    const both = 'whsec_Q0JBQ0JBQ0JBQ0JBQ0JBQ0JBQ0JB, whsec_QUJDQUJDQUJDQUJDQUJDQUJDQUJD';
    expect(readEnv({ ...remote, UPSTREAM_WEBHOOK_SECRETS: both }).webhookSecrets.upstream).toEqual(both.split(', '));
    for (const sender of WEBHOOK_SENDERS) {
      const name = `${sender.toUpperCase()}_WEBHOOK_SECRETS`;
      expect(refusal({ ...remote, [name]: DEVELOPMENT_SECRET }).message).toContain(`${name} is the mocks’`);
      expect(readEnv({ [name]: DEVELOPMENT_SECRET }).webhookSecrets[sender]).toEqual([DEVELOPMENT_SECRET]);
    }
  });

  test.each([
    ['GITHUB_WEBHOOK_SECRETS', 'too-short'],
    ['GITHUB_WEBHOOK_SECRETS', 'a-secret-of-one,a-secret-of-two,a-secret-of-three'],
    ['CLERK_WEBHOOK_SECRETS', 'not-of-the-standard-form'],
    ['UPSTREAM_WEBHOOK_SECRETS', 'whsec_c2hvcnQ='],
  ])('%s=%s is refused, and not shown', (name, value) => {
    const { message } = refusal({ [name]: value });
    expect(message).toContain(`${name}=… is not one or two secrets`);
    expect(message).not.toContain(value);
  });
});

describe('the banner', () => {
  const plain = (_: string, text: string) => text;

  test('says what is mocked, what is live, and what to try, in at most twelve lines', () => {
    const text = banner(readEnv({ PORT: '8080', REVIEWS_URL: 'https://reviews.internal' }), plain);
    expect(text.split('\n').length).toBeLessThanOrEqual(12);
    expect(text).toContain('http://localhost:8080/\n');
    const others = UPSTREAMS.filter((name) => name !== 'reviews');
    expect(text).toMatch(new RegExp(`Mocked +${others.join(', ')} on port 4000`));
    expect(text).toMatch(/Live +reviews\n/);
    expect(text).toMatch(/curl http/);
  });

  test('leaves out what there is none of', () => {
    expect(banner(readEnv(LIVE), plain)).not.toContain('Mocked');
    expect(banner(readEnv({}), plain)).not.toContain('Live');
  });

  test('has no colours where there is no terminal', () => {
    expect(banner(readEnv({}))).not.toContain('\u001b');
  });
});

describe('the inspector', () => {
  const live = { ...LIVE, ...SECRETS, PUBLIC_URL: REMOTE };

  test('is on where no other can look, and off elsewhere', () => {
    expect(readEnv({}).inspector).toEqual({ on: true, token: undefined });
    expect(readEnv({ INSPECTOR: 'off' }).inspector.on).toBe(false);
    expect(readEnv(live).inspector).toEqual({ on: false, token: undefined });
  });

  test('needs a token where others are, and a long one', () => {
    expect(refusal({ ...live, INSPECTOR: 'on' }).message).toContain('INSPECTOR_TOKEN is not set');
    expect(refusal({ INSPECTOR_TOKEN: 'short' }).message).toContain('INSPECTOR_TOKEN=… is not a secret of 24');
    const token = 'a-long-random-text-of-a-test';
    expect(readEnv({ ...live, INSPECTOR: 'on', INSPECTOR_TOKEN: token }).inspector).toEqual({ on: true, token });
  });
});

describe('the notice before a server drains', () => {
  test.each([
    [{}, 0],
    [{ DRAIN_NOTICE: '12' }, 12],
    [{ DRAIN_NOTICE: '0' }, 0],
  ])('is of this machine %j: %i s', (given, seconds) => {
    expect(readEnv(given).drainNotice).toBe(seconds);
  });

  test('is long enough for a balancer to see it where others are sent here', () => {
    const live = { ...LIVE, ...SECRETS, PUBLIC_URL: REMOTE };
    expect(readEnv(live).drainNotice).toBe(7);
    expect(readEnv({ ...live, DRAIN_NOTICE: '0' }).drainNotice).toBe(0);
  });

  test.each(['-1', '61', '3s', '1.5', 'long'])('is not %s', (DRAIN_NOTICE) => {
    expect(() => readEnv({ DRAIN_NOTICE })).toThrow(/DRAIN_NOTICE=.* is not a whole number of seconds from 0 to 60/);
  });
});

describe('the cache that instances share', () => {
  test('is none', () => expect(readEnv({}).cacheUrl).toBeUndefined());

  test.each(['redis://cache.internal', 'rediss://shop:a%40b@cache.internal:6380/2', 'redis://:word@[::1]:6379/'])(
    'is %s',
    (CACHE_URL) => expect(readEnv({ CACHE_URL }).cacheUrl).toBe(CACHE_URL),
  );

  test.each([
    'cache.internal:6379',
    'http://cache.internal',
    'redis://',
    'redis:///2',
    'redis://cache.internal/two',
    'redis://cache.internal/?a=b',
    'redis://cache.internal#0',
    'unix:///run/redis.sock',
  ])('is not %s', (CACHE_URL) => {
    expect(() => readEnv({ CACHE_URL })).toThrow(/CACHE_URL=.* is not redis\[s\]:/);
  });

  test('is complained of without its password', () => {
    const { message } = refusal({ CACHE_URL: 'redis://shop:a-password@cache.internal/two' });
    expect(message).toContain('CACHE_URL=…@cache.internal/two');
    expect(message).not.toContain('shop:a-password@cache.internal/two');
  });
});

describe('CDN', () => {
  const all = { CDN: 'fastly', CDN_ID: 'sv1', CDN_TOKEN: 'a-token-of-ours' } as const;

  test('is none, or one with all that a purge needs', () => {
    expect(readEnv({}).cdn).toBeUndefined();
    expect(readEnv(all).cdn).toEqual({
      name: 'fastly',
      id: 'sv1',
      token: 'a-token-of-ours',
      apiUrl: 'https://api.fastly.com/',
    });
    expect(readEnv({ ...all, CDN: 'cloudflare', CDN_API_URL: 'https://egress.test/v4' }).cdn?.apiUrl).toBe(
      'https://egress.test/v4/',
    );
  });

  test.each([
    [{ CDN: 'akamai' }, /CDN=akamai is not fastly or cloudflare/],
    [{ CDN: 'fastly', CDN_ID: 'sv1' }, /CDN is fastly, and CDN_TOKEN is not set/],
    [{ CDN: 'fastly' }, /CDN is fastly, and CDN_ID and CDN_TOKEN are not set/],
    [{ ...all, CDN_API_URL: 'http://egress.test/' }, /CDN_API_URL is http:.* needs https/],
    [{ ...all, CDN_ID: '../other' }, /CDN_ID=/],
  ])('%o is complained of', (source, complaint) => {
    expect(() => readEnv(source)).toThrow(complaint);
  });
});
