import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { PolicyName } from '#kernel/contract/rate-policy.ts';
import { UPSTREAMS, type UpstreamName } from '#schemas/upstream/scenario.ts';
import { DEMO_APPS, toBuilds } from './apps.ts';
import { DEFAULT_LIMITS, toLimit } from './limits.ts';
import { toPairs } from './trace-export.ts';

const A_DAY = 86_400;
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a URL names this machine and no other. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.test(new URL(url).hostname);
}

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().min(1).max(65_535));

export const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))
  .transform((text) => new URL(text));

/** What can stand in a header as it is. */
export const visible = z.string().regex(/^[\x21-\x7e]+$/);

export const readableFile = z.string().refine((path) => {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
});

const origin = httpUrl.refine((url) => url.href === `${url.origin}/`).transform((url) => url.origin);

const upstreamUrl = httpUrl
  .refine((url) => url.username === '' && url.password === '' && url.search === '' && url.hash === '')
  .transform((url) => (url.href.endsWith('/') ? url.href : `${url.href}/`));

const redisUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol))
  .refine((text) => {
    const { hostname, pathname, search, hash } = new URL(text);
    return hostname !== '' && /^(?:\/\d{0,4})?$/.test(pathname) && search === '' && hash === '';
  });

const mocks = z
  .string()
  .transform((text) => (text === 'on' || text === 'off' ? text : text.split(',').map((name) => name.trim())))
  .pipe(z.union([z.enum(['on', 'off']), z.array(z.enum(UPSTREAMS))]));

const upstreamNames = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(UPSTREAMS)));

/** As it is written: tokens carry it, and are compared with it, to the last slash (OpenID Connect Core §2). */
const issuer = z.string().refine((text) => httpUrl.safeParse(text).success && !/[?#\s]/.test(text));

const issuers = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim().split(/\s+/)))
  .pipe(z.array(z.tuple([issuer, z.string()]).or(z.tuple([issuer]))))
  .transform((entries) => entries.map(([url, audience]) => ({ issuer: url, audience })));

const keys = z
  .string()
  .transform((text) => text.split(',').map((key) => Buffer.from(key.trim(), 'base64url')))
  .refine((all) => all.every((key) => key.length === 32));

/** The name of the database goes without saying nowhere; a password in the query would be shown. */
const postgresUrl = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol)) return false;
  return url.hostname !== '' && url.pathname.length > 1 && !url.searchParams.has('password');
});

const number = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));

const limit = z
  .string()
  .regex(/^(?:off|[1-9]\d{0,6}\/[1-9]\d{0,4}[smh])$/)
  .transform(toLimit)
  .refine((read) => read === 'off' || read.seconds <= A_DAY);

const builds = z.string().transform((text, context) => {
  const read = toBuilds(text);
  if (read === undefined) context.addIssue('not builds');
  return read ?? [];
});

const pairs = z.string().transform((text, context) => {
  const read = toPairs(text);
  if (read === undefined) context.addIssue('not pairs');
  return read ?? {};
});

const storeUrl = httpUrl
  .refine((url) => url.protocol === 'https:' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(url.href))
  .transform((url) => url.href);

/** A secret and the one that it replaces, so that a sender can change over in its own time. */
const secrets = (one: RegExp) =>
  z
    .string()
    .transform((text) => text.split(',').map((secret) => secret.trim()))
    .refine((all) => all.length <= 2 && all.every((secret) => one.test(secret)));
const PLAIN_SECRET = /^[\x21-\x7e]{16,256}$/;
const STANDARD_SECRET = /^whsec_(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const secretsOf = (sender: string, one: RegExp, example: string) =>
  variable(secrets(one), {
    about: `What ${sender} signs webhooks with: one secret, or two while it is changed, the new one first, a comma between.`,
    form: 'one or two secrets of 16 characters or more',
    example,
    otherwise: 'the mocks’ secret where PUBLIC_URL is this machine, elsewhere every delivery is refused',
  });

interface About {
  /** What the variable does. */
  readonly about: string;
  /** What a right value is, to follow "is not". */
  readonly form: string;
  readonly example: string;
  /** The default, if the variable is not set. */
  readonly otherwise: string;
}

export interface Variable extends About {
  readonly schema: z.ZodType;
}

export function variable<S extends z.ZodType>(schema: S, about: About): { readonly schema: S } & About {
  return { schema, ...about };
}

const urlOf = (name: UpstreamName) =>
  variable(upstreamUrl, {
    about: `Base URL of the ${name} upstream.`,
    form: 'an http(s) URL without credentials, query or fragment',
    example: `https://${name}.internal/v1/`,
    otherwise: 'its mock',
  });

const collector = (about: string, example: string, otherwise: string) =>
  variable(httpUrl, { about, form: 'an http(s) URL', example, otherwise });

const PAIRS = 'pairs such as key=value,other=value, percent-encoded';

/** One policy is two variables: where one is set, the other has no default. */
const buildsOf = (about: string, demo: string) =>
  variable(builds, {
    about,
    form: 'platforms with a version each, such as ios/2.4.0,android/2.4',
    example: 'ios/2.4.0,android/2.4.0',
    otherwise: `${demo} where PUBLIC_URL is this machine and neither is set, none elsewhere`,
  });

const storeOf = (platform: string, example: string) =>
  variable(storeUrl, {
    about: `Where ${platform} users get the newest build of the app.`,
    form: 'an https URL',
    example,
    otherwise: 'the store’s own start page where PUBLIC_URL is this machine, none elsewhere',
  });

const limitOf = (name: PolicyName, about: string, example: string) =>
  variable(limit, {
    about,
    form: 'off, or requests/time such as 60/1m, of a day at most',
    example,
    otherwise: DEFAULT_LIMITS[name],
  });

/** Every environment variable, declared once. */
export const VARIABLES = {
  PORT: variable(port, {
    about: 'The port that the shop and the API listen on.',
    form: 'a port, a whole number from 1 to 65535',
    example: '8080',
    otherwise: '3000',
  }),
  HOST: variable(z.string().regex(/^[\w.:-]+$/), {
    about: 'The address to listen on; 0.0.0.0 is every IPv4 interface.',
    form: 'a host name or an IP address',
    example: '0.0.0.0',
    otherwise: '127.0.0.1',
  }),
  WORKERS: variable(number(1, 256), {
    about:
      'How many processes serve the port of the lean host, each on a core of its own. SIGHUP replaces them one by one. Each has its own first cache; limits are counted for all of them.',
    form: 'a whole number from 1 to 256',
    example: '4',
    otherwise: '1 where PUBLIC_URL is this machine, elsewhere as many as there are cores',
  }),
  // `localhost` and not 127.0.0.1: browsers store Secure cookies for it over http, and identity providers accept it.
  PUBLIC_URL: variable(origin, {
    about: 'Our own origin as browsers see it. Links, redirects and origin checks use it, never a request header.',
    form: 'an origin: http(s)://host[:port] and nothing after it',
    example: 'https://shop.example.com',
    otherwise: 'http://localhost:PORT',
  }),
  MOCKS_PORT: variable(port, {
    about: 'The port that the mock upstreams listen on.',
    form: 'a port, a whole number from 1 to 65535',
    example: '4100',
    otherwise: '4000',
  }),
  MOCKS: variable(mocks, {
    about: `Which upstreams without a URL are mocked: on (all), off (none), or some of ${UPSTREAMS.join(',')}.`,
    form: `on, off, or some of ${UPSTREAMS.join(',')}`,
    example: 'reviews,content',
    otherwise: 'on where PUBLIC_URL is this machine, off elsewhere',
  }),
  CATALOG_URL: urlOf('catalog'),
  PRICING_URL: urlOf('pricing'),
  INVENTORY_URL: urlOf('inventory'),
  REVIEWS_URL: urlOf('reviews'),
  RECOMMENDATIONS_URL: urlOf('recommendations'),
  CONTENT_URL: urlOf('content'),
  CART_URL: urlOf('cart'),
  ORDERS_URL: urlOf('orders'),
  CUSTOMERS_URL: urlOf('customers'),
  SHIPPING_URL: urlOf('shipping'),
  PAYMENTS_URL: urlOf('payments'),
  STRIPE_PUBLISHABLE_KEY: variable(visible, {
    about: 'The key with which Stripe.js speaks for us in a browser.',
    form: 'a key without spaces',
    example: 'pk_live_a-public-key',
    otherwise: 'none: browsers pay on the mock’s own page',
  }),
  SUPPORT_URL: urlOf('support'),
  PLAIN_HTTP: variable(upstreamNames, {
    about:
      'Upstreams that may be asked over plain http though PUBLIC_URL is not this machine: the network to them is ours alone, since users’ tokens and our keys go over it.',
    form: `some of ${UPSTREAMS.join(',')}`,
    example: 'catalog,pricing',
    otherwise: 'none: https, but on this machine',
  }),
  IDENTITY_URL: variable(issuer, {
    about: 'The issuer at which customers sign in: any OpenID Provider. To the last slash as its metadata has it.',
    form: 'the http(s) URL of an issuer',
    example: 'https://login.example.com',
    otherwise: 'the mock provider',
  }),
  IDENTITY_CLIENT_ID: variable(z.string().min(1), {
    about: 'Who we are to the issuer.',
    form: 'a client id',
    example: 'tributary-web',
    otherwise: 'the mock provider’s client',
  }),
  IDENTITY_CLIENT_SECRET: variable(z.string().min(1), {
    about: 'The secret of our client at the issuer.',
    form: 'a client secret',
    example: 'a-long-random-text',
    otherwise: 'the mock provider’s',
  }),
  IDENTITY_AUDIENCE: variable(z.string().min(1), {
    about: 'What the issuer’s access tokens must name as their audience.',
    form: 'an audience',
    example: 'https://api.example.com',
    otherwise: 'urn:tributary:api',
  }),
  TRUSTED_ISSUERS: variable(issuers, {
    about:
      'More issuers whose bearer tokens are taken, with the audience where they set one: `issuer audience`, commas between. Without it, a token that names an audience is refused.',
    form: 'URLs of issuers, each with its audience behind a space where it has one, commas between',
    example: 'https://clerk.example.com,https://example.auth0.com/ https://api.example.com',
    otherwise: 'none',
  }),
  STATE_KEYS: variable(keys, {
    about: 'Keys that seal secrets at rest, 32 bytes in base64url each, commas between: the first seals, all open.',
    form: 'keys of 32 bytes in base64url, commas between',
    example: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAwMDA',
    otherwise:
      'made once and kept in DATA_DIR where PUBLIC_URL is this machine and STATE_URL is not set, else an error',
  }),
  STATE_URL: variable(postgresUrl, {
    about:
      'The Postgres (15 or newer) that keeps sessions, inbox, idempotency, events, purges and rate limits for all instances. Its schema `tributary` is made and moved forward by the first that starts. TLS by `?sslmode=verify-full`.',
    form: 'a postgres:// URL with the name of a database, and without a password in its query',
    example: 'postgres://tributary:secret@db.internal:5432/tributary',
    otherwise: 'a SQLite file in DATA_DIR, for one machine',
  }),
  STATE_CONNECTIONS: variable(number(1, 100), {
    about: 'Connections of one instance to STATE_URL at most, besides one that listens.',
    form: 'a whole number from 1 to 100',
    example: '20',
    otherwise: '10',
  }),
  STATE_CONNECT_TIMEOUT: variable(number(50, 60_000), {
    about: 'Milliseconds that a call waits for a connection to STATE_URL; DEADLINE_SCALE stretches it.',
    form: 'a whole number of milliseconds from 50 to 60000',
    example: '500',
    otherwise: '800',
  }),
  STATE_STATEMENT_TIMEOUT: variable(number(50, 60_000), {
    about: 'Milliseconds that one statement at STATE_URL may take; DEADLINE_SCALE stretches it.',
    form: 'a whole number of milliseconds from 50 to 60000',
    example: '1500',
    otherwise: '1000',
  }),
  INSTANCES: variable(number(1, 999), {
    about:
      'How many instances share STATE_URL: while it is away, each gives this share of every rate limit. Of one alone it means nothing.',
    form: 'a whole number from 1 to 999',
    example: '3',
    otherwise: '1',
  }),
  RATE_LIMIT_READS: limitOf(
    'reads',
    'How many reads a customer has in a time, or an address whose users are not signed in; what a cache of ours answers is free, a page is one read besides those that it makes. off is no limit.',
    '1200/1m',
  ),
  RATE_LIMIT_WRITES: limitOf('writes', 'How many writes they have, likewise.', '30/1m'),
  RATE_LIMIT_LOGINS: limitOf(
    'logins',
    'How many logins may begin from one address in a time, and as many end.',
    '10/5m',
  ),
  MOBILE_MIN_VERSION: buildsOf(
    'The oldest builds of the app that are answered, as X-App-Version names them; older ones get a 426 and their store’s address.',
    DEMO_APPS.minimum,
  ),
  MOBILE_RECOMMENDED_VERSION: buildsOf(
    'The oldest builds that are not told of a newer one; older ones get App-Update with every answer.',
    DEMO_APPS.recommended,
  ),
  APP_STORE_URL: storeOf('iOS', 'https://apps.apple.com/app/id0000000000'),
  PLAY_STORE_URL: storeOf('Android', 'https://play.google.com/store/apps/details?id=com.example.shop'),
  STRIPE_WEBHOOK_SECRETS: secretsOf('Stripe', PLAIN_SECRET, 'whsec_a-secret-of-this-endpoint'),
  GITHUB_WEBHOOK_SECRETS: secretsOf('GitHub', PLAIN_SECRET, 'a-new-secret-text,the-old-secret-text'),
  CLERK_WEBHOOK_SECRETS: secretsOf('Clerk', STANDARD_SECRET, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
  UPSTREAM_WEBHOOK_SECRETS: secretsOf('our upstreams', STANDARD_SECRET, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
  TRUSTED_PROXIES: variable(z.string().regex(/^\d$/).transform(Number), {
    about:
      'How many proxies stand before us, so how many entries of X-Forwarded-For are believed. Too low, and all visitors share the limits of one; where a proxy does not write the field, they choose their address (docs/hosts.md).',
    form: 'a whole number from 0 to 9',
    example: '1',
    otherwise: '0',
  }),
  SOCKETS_PER_ADDRESS: variable(
    z
      .string()
      .regex(/^(?:off|[1-9]\d{0,4})$/)
      .transform((text) => (text === 'off' ? text : Number(text))),
    {
      about: 'How many connections one address may have at a time, on the lean host; of IPv6, one /64.',
      form: 'off, or a whole number from 1 to 99999',
      example: '200',
      otherwise: '1000 without TRUSTED_PROXIES; behind proxies, whose addresses are all that is seen, off',
    },
  ),
  DRAIN_NOTICE: variable(
    z
      .string()
      .regex(/^(?:[0-5]?\d|60)$/)
      .transform(Number),
    {
      about:
        'Seconds in which a server that is told to end still takes what comes, while readiness says 503: as long as who balances load needs to notice.',
      form: 'a whole number of seconds from 0 to 60',
      example: '10',
      otherwise: '0 where PUBLIC_URL is this machine, 7 elsewhere',
    },
  ),
  DRAIN_PATIENCE: variable(
    z
      .string()
      .regex(/^[1-9]\d{0,2}$/)
      .transform(Number),
    {
      about:
        'Seconds that what is under way then has to finish. Both together, and 6 more, are to be less than what kills the server at last: Kubernetes after 30.',
      form: 'a whole number of seconds from 1 to 999',
      example: '60',
      otherwise: '20',
    },
  ),
  WARM_UP: variable(
    z
      .string()
      .regex(/^[0-5]?\d$/)
      .transform(Number),
    {
      about:
        'Seconds at most that a server which starts asks itself for its public reads, until its code is compiled and its caches hold them; readiness waits for it.',
      form: 'a whole number of seconds from 0 to 59; 0 for none of it; then Next too is loaded for the first page that is asked for',
      example: '10',
      otherwise: '5',
    },
  ),
  INSPECTOR: variable(z.enum(['on', 'off']), {
    about:
      'The inspector at /inspector. Without INSPECTOR_TOKEN only this machine sees it, and only where PUBLIC_URL is this machine.',
    form: 'on or off',
    example: 'off',
    otherwise: 'on where PUBLIC_URL is this machine, off elsewhere',
  }),
  INSPECTOR_TOKEN: variable(z.string().regex(/^[\x21-\x7e]{24,256}$/), {
    about:
      'What opens the inspector: typed at /inspector/sign-in, or sent as a bearer token. It opens /api/ops/status and /api/metrics too, also with INSPECTOR=off.',
    form: 'a secret of 24 characters or more, without spaces',
    example: 'a-long-random-text-of-your-own',
    otherwise: 'none is asked for on this machine; elsewhere INSPECTOR=on wants one',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: collector(
    'Where finished traces are sent over OTLP/HTTP: a collector’s base address, to which /v1/traces is appended.',
    'http://otel-collector:4318',
    'none: no trace is sent anywhere',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector(
    'The same as one full address, taken as it is.',
    'https://otlp.example.com/v1/traces',
    'OTEL_EXPORTER_OTLP_ENDPOINT with /v1/traces',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: variable(pairs, {
    about: 'Header fields for the collector, such as its key.',
    form: PAIRS,
    example: 'api-key=a-secret-key',
    otherwise: 'none',
  }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: variable(pairs, {
    about: 'The same for traces alone; it wins where both name a field.',
    form: PAIRS,
    example: 'api-key=a-secret-key',
    otherwise: 'none',
  }),
  OTEL_SERVICE_NAME: variable(z.string().regex(/^[\x21-\x7e]{1,255}$/), {
    about: 'What this service is called in traces.',
    form: 'a name without spaces',
    example: 'shop-bff',
    otherwise: 'tributary',
  }),
  OTEL_RESOURCE_ATTRIBUTES: variable(pairs, {
    about: 'What else traces say of this service.',
    form: PAIRS,
    example: 'deployment.environment.name=production,service.version=2.4.0',
    otherwise: 'none',
  }),
  OTEL_TRACES_SAMPLER_ARG: variable(
    z
      .string()
      .regex(/^(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)$/)
      .transform(Number),
    {
      about:
        'The share of traces that are exported besides those that failed, were slow or incomplete; by trace id, so that all instances export the same. A caller that sends traceparent decides by its sampled flag.',
      form: 'a number from 0 to 1',
      example: '0.05',
      otherwise: '0.1',
    },
  ),
  TRACES_SLOW_MS: variable(
    z
      .string()
      .regex(/^[1-9]\d{0,5}$/)
      .transform(Number),
    {
      about: 'Milliseconds from which on a request counts as slow, so that its trace is exported.',
      form: 'a whole number of milliseconds from 1 to 999999',
      example: '500',
      otherwise: 'half of the deadline of its operation',
    },
  ),
  BAGGAGE_KEYS: variable(
    z
      .string()
      .transform((text) => text.split(',').map((key) => key.trim()))
      .refine((keys) => keys.length <= 64 && keys.every((key) => /^[!#$%&'*+\-.^_`|~\w]{1,256}$/.test(key))),
    {
      about:
        'The keys of W3C baggage that go on to upstreams. Clients write what they like into it: name only what upstreams expect.',
      form: 'names of keys, commas between',
      example: 'tenant,region',
      otherwise: 'none: no baggage goes on',
    },
  ),
  DEADLINE_SCALE: variable(
    z
      .string()
      .regex(/^[1-9]\d?$/)
      .transform(Number),
    {
      about:
        'What every deadline and timeout of answers and calls is multiplied by (connecting has 500 ms, always), and how late the process may be before it refuses work: for machines that are slow or shared, and for tests that are not about time. Clients then wait as much longer for what hangs.',
      form: 'a whole number from 1 to 99',
      example: '10',
      otherwise: '1',
    },
  ),
  CACHE_URL: variable(redisUrl, {
    about:
      'A Redis or Valkey that instances share as a second cache of what upstreams answer; rediss:// is over TLS. It may be away at any time, and needs one state for all instances (docs/instances.md).',
    form: 'redis[s]://[user:password@]host[:port][/database]',
    example: 'rediss://shop:a-password@cache.internal:6379/0',
    otherwise: 'none: each process has its own cache alone',
  }),
  CDN: variable(z.enum(['fastly', 'cloudflare']), {
    about:
      'The CDN in front of us: it may store public answers for a while, and every purge reaches it (docs/instances.md). It wants CDN_ID and CDN_TOKEN.',
    form: 'fastly or cloudflare',
    example: 'fastly',
    otherwise: 'none: no cache between us and a browser may store anything',
  }),
  CDN_ID: variable(z.string().regex(/^[A-Za-z0-9]{1,64}$/), {
    about: 'The service at Fastly, or the zone at Cloudflare.',
    form: 'letters and digits',
    example: 'SU1Z0isxPaozGVKXdv0eY',
    otherwise: 'an error where CDN is set',
  }),
  CDN_TOKEN: variable(visible, {
    about: 'An API token that may purge there, and had better do nothing else.',
    form: 'visible characters',
    example: 'a-token-of-the-cdn',
    otherwise: 'an error where CDN is set',
  }),
  CDN_API_URL: variable(upstreamUrl, {
    about: 'Where the CDN’s API is, if a proxy stands before it.',
    form: 'an http(s) URL without credentials, query or fragment',
    example: 'https://egress.internal/fastly/',
    otherwise: 'the address that Fastly or Cloudflare publishes',
  }),
  DATA_DIR: variable(z.string(), {
    about: 'The folder for what the server keeps.',
    form: 'a folder',
    example: '/var/lib/tributary',
    otherwise: '.data',
  }),
  LOG_LEVEL: variable(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), {
    about: 'The least severe log line that is written.',
    form: 'trace, debug, info, warn, error, fatal or silent',
    example: 'warn',
    otherwise: 'info',
  }),
  NODE_ENV: variable(z.enum(['development', 'production', 'test']), {
    about: 'development where code changes under a running process. `npm run dev` sets it by itself.',
    form: 'development, production or test',
    example: 'production',
    otherwise: 'production',
  }),
};

export type VariableName = keyof typeof VARIABLES;

/** Whether a variable's value is a secret. */
export const isSecret = (name: string): boolean =>
  /_(?:KEYS?|SECRETS?|TOKENS?|PASSWORD)$/.test(name) && name !== 'BAGGAGE_KEYS';

/** Header fields hold keys. */
const holdsSecrets = (name: string) => isSecret(name) || name.endsWith('_HEADERS');

/** A value as it may be shown: `hidden` in the place of a secret, and URLs without their passwords. */
export function withoutSecrets(name: string, value: string, hidden: string): string {
  if (holdsSecrets(name)) return hidden;
  // Its password, wherever a typing error has moved that to.
  if (name === 'STATE_URL' || name === 'CACHE_URL')
    return value.replace(/^.*@/s, '…@').replace(/password=[^&]*/gi, 'password=…');
  return value.replace(/\/\/[^/\s]*@/g, '//…@');
}
