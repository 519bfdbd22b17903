import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseEnv } from 'node:util';
import { processSingleton } from '#kernel/base/registry.ts';
import type { AppPolicies } from '#kernel/contract/app-policy.ts';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import type { RateLimits } from '#kernel/contract/rate-policy.ts';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { UPSTREAMS, type UpstreamName } from '#schemas/upstream/scenario.ts';
import { appPolicies, DEMO_APPS, toBuilds } from './apps.ts';
import { type Cdn, cdnOf } from './cdn.ts';
import { ALL_VARIABLES, CREDENTIALS, type CredentialSpecs, credentialVariables } from './credentials.ts';
import { isLoopback, isSecret, VARIABLES, type Variable, type VariableName, withoutSecrets } from './env-variables.ts';
import { limitsOf } from './limits.ts';
import { MOCK_CLIENT_SECRET, publishedAs } from './published-secrets.ts';
import { type TraceExport, traceExportOf } from './trace-export.ts';
import { type UpstreamCredential, upstreamCredential } from './upstream-credential.ts';

/** Where an upstream is, and whether a mock stands in for it. */
export interface UpstreamTarget {
  /** Ends in a slash. */
  readonly url: string;
  readonly mocked: boolean;
  /** How it is told who we are, secrets and all. */
  readonly credential?: UpstreamCredential;
  readonly origin: 'default' | 'env';
}

/** Who sends us webhooks. */
export const WEBHOOK_SENDERS = ['stripe', 'github', 'clerk', 'upstream'] as const;
export type WebhookSender = (typeof WEBHOOK_SENDERS)[number];

/** The database that all instances share. */
export interface SharedState {
  readonly url: string;
  readonly connections: number;
  readonly connectTimeout: number;
  readonly statementTimeout: number;
  /** How many instances there are. */
  readonly instances: number;
}

/** The environment, checked and resolved. */
export interface Env {
  readonly port: number;
  readonly host: string;
  /** Our own origin, without a slash at its end. */
  readonly publicUrl: string;
  readonly mocksPort: number;
  readonly upstreams: Readonly<Record<UpstreamName, UpstreamTarget>>;
  readonly identity: {
    /** The issuer. */
    readonly url: string;
    readonly mocked: boolean;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly audience: string;
    readonly trusted: readonly { readonly issuer: string; readonly audience: string | undefined }[];
  };
  /** Undefined if one is to be made and stored beside the data. */
  readonly stateKeys: readonly Uint8Array[] | undefined;
  /** Undefined where it is a file in `dataDir`. Times in milliseconds, stretched already. */
  readonly sharedState: SharedState | undefined;
  /** By sender; where there is none, nothing that it sends is taken. */
  readonly webhookSecrets: Readonly<Record<WebhookSender, readonly string[]>>;
  /** For Stripe.js in browsers. */
  readonly publishableKey: string | undefined;
  /** Processes that serve the lean host's port. */
  readonly workers: number;
  readonly trustedProxies: number;
  /** Undefined where there is no limit. */
  readonly socketsPerAddress: number | undefined;
  /** Seconds, as are the next two. */
  readonly drainNotice: number;
  readonly drainTimeout: number;
  readonly warmUp: number;
  readonly rateLimits: RateLimits;
  /** Which builds of the apps are served. */
  readonly apps: AppPolicies;
  /** Without a token it is for this machine only. */
  readonly inspector: { readonly on: boolean; readonly token: string | undefined };
  /** Undefined where no collector is named. */
  readonly traceExport: TraceExport | undefined;
  /** The keys of baggage that go on to upstreams. */
  readonly baggageKeys: readonly string[];
  /** What every deadline and timeout is multiplied by. */
  readonly deadlineScale: number;
  /** The cache that instances share; undefined without one. */
  readonly cacheUrl: string | undefined;
  /** Undefined without one. */
  readonly cdn: Cdn | undefined;
  readonly dataDir: string;
  readonly logLevel: string;
  readonly dev: boolean;
}

/** Everything that is wrong with the environment, in one message. */
export interface EnvError extends Error {
  readonly kind: 'env';
}

/** Seconds in which a balancer checks three times, every two seconds, as HAProxy does by default. */
const DRAIN_NOTICE = 7;

type Source = Readonly<Record<string, string | undefined>>;

/** Every variable, for .env.example and the documentation. */
export const describeEnv = Object.entries(ALL_VARIABLES).map(([name, { about, example, otherwise }]) => ({
  name,
  description: about,
  example,
  default: otherwise,
}));

/**
 * Checks and resolves the environment; throws one EnvError that lists everything wrong with it. `credentials` says what
 * upstreams are to be told.
 */
export function readEnv(source: Source, credentials: CredentialSpecs = CREDENTIALS): Env {
  const issues: ConfigIssue[] = [];
  const secretVariables = credentialVariables(credentials);
  const values = parse(source, { ...VARIABLES, ...secretVariables }, issues);
  const port = values.PORT ?? 3_000;
  const mocksPort = values.MOCKS_PORT ?? 4_000;
  const publicUrl = values.PUBLIC_URL ?? `http://localhost:${port}`;
  const mocks = values.MOCKS ?? (isLoopback(publicUrl) ? 'on' : 'off');
  const wanted = (name: UpstreamName) => (Array.isArray(mocks) ? mocks.includes(name) : mocks === 'on');

  const resolve = (name: UpstreamName): UpstreamTarget => {
    const variable = urlVariable(name);
    const url = values[variable];
    if (url !== undefined) {
      if (Array.isArray(mocks) && wanted(name))
        issues.push(`MOCKS names ${name}, but ${variable} is set: drop one of them. Example: ${variable}=`);
      return { url, mocked: false, origin: 'env' };
    }
    if (!wanted(name) && !isSet(source, variable)) {
      const why = source.MOCKS ? `MOCKS=${source.MOCKS}` : `PUBLIC_URL is ${publicUrl}, not this machine`;
      issues.push(`${variable} is not set, and no mock stands in: ${why}. ${exampleOf(variable)}`);
    }
    return { url: `http://127.0.0.1:${mocksPort}/${name}/`, mocked: true, origin: 'default' };
  };
  const withCredential = (name: UpstreamName): UpstreamTarget => {
    const target = resolve(name);
    const spec = credentials[name];
    if (spec === undefined) return target;
    const credential = upstreamCredential(name, spec, target.mocked, {
      text: (variable) => (values as Readonly<Record<string, string | undefined>>)[variable],
      complain: (issue) => issues.push(issue),
      miss: (variable) => {
        const why = `${variable} is not set, and ${urlVariable(name)} is live.`;
        // A value that is wrong was complained about already.
        if (!isSet(source, variable)) issues.push(`${why} ${exampleOf(variable, secretVariables)}`);
      },
    });
    return { ...target, credential };
  };
  const upstreams = Object.fromEntries(UPSTREAMS.map((name) => [name, withCredential(name)])) as Env['upstreams'];
  const tokenUrls = Object.entries(upstreams).flatMap(([name, { credential }]) =>
    credential?.token ? [[`${name.toUpperCase()}_TOKEN_URL`, credential.token.url]] : [],
  );

  const identity = identityOf(values, mocksPort, isLoopback(publicUrl) || mocks === 'on', issues);
  if (values.STATE_KEYS === undefined && !isLoopback(publicUrl))
    issues.push(`STATE_KEYS is not set, and PUBLIC_URL is ${publicUrl}, not this machine. ${exampleOf('STATE_KEYS')}`);
  else if (values.STATE_KEYS === undefined && values.STATE_URL !== undefined)
    issues.push(
      `STATE_KEYS is not set, and STATE_URL is: all instances need the same keys, or none can open what another has sealed. ${exampleOf('STATE_KEYS')}`,
    );
  issues.push(...doubledIssuers(identity));
  if (!isLoopback(publicUrl))
    issues.push(
      ...published(source, publicUrl, { ...VARIABLES, ...secretVariables }),
      ...plainUpstreams(upstreams, values),
    );
  issues.push(
    ...unencrypted(
      {
        PUBLIC_URL: publicUrl,
        IDENTITY_URL: identity.url,
        ...(values.CDN_API_URL && { CDN_API_URL: values.CDN_API_URL }),
        ...Object.fromEntries(tokenUrls),
      },
      identity.trusted,
    ),
  );
  const webhookSecrets = webhookSecretsOf(values, publicUrl);
  const apps = appsOf(values, publicUrl, issues);
  const inspector = inspectorOf(values, publicUrl, issues);
  const cdn = cdnOf(values, issues);
  const mocked = UPSTREAMS.some((name) => upstreams[name].mocked);
  if (mocked && port === mocksPort) issues.push(`MOCKS_PORT is ${port}, and so is PORT. ${exampleOf('MOCKS_PORT')}`);
  if (issues.length > 0) throw envError(issues);
  return {
    port,
    host: values.HOST ?? '127.0.0.1',
    publicUrl,
    mocksPort,
    upstreams,
    identity,
    stateKeys: values.STATE_KEYS,
    sharedState: sharedStateOf(values),
    webhookSecrets,
    publishableKey: values.STRIPE_PUBLISHABLE_KEY,
    workers: values.WORKERS ?? (isLoopback(publicUrl) ? 1 : availableParallelism()),
    trustedProxies: values.TRUSTED_PROXIES ?? 0,
    socketsPerAddress: socketsOf(values),
    drainNotice: values.DRAIN_NOTICE ?? (isLoopback(publicUrl) ? 0 : DRAIN_NOTICE),
    drainTimeout: values.DRAIN_PATIENCE ?? 20,
    warmUp: values.WARM_UP ?? 5,
    rateLimits: limitsOf({
      reads: values.RATE_LIMIT_READS,
      writes: values.RATE_LIMIT_WRITES,
      logins: values.RATE_LIMIT_LOGINS,
    }),
    apps,
    inspector,
    traceExport: traceExportOf(values),
    baggageKeys: values.BAGGAGE_KEYS ?? [],
    deadlineScale: values.DEADLINE_SCALE ?? 1,
    cacheUrl: values.CACHE_URL,
    cdn,
    dataDir: values.DATA_DIR ?? '.data',
    logLevel: values.LOG_LEVEL ?? 'info',
    dev: values.NODE_ENV === 'development',
  };
}

/** What goes over a network in plain text can be read and changed there: cookies, tokens, the keys that tokens are checked with. */
function unencrypted(urls: Readonly<Record<string, string>>, trusted: Env['identity']['trusted']): ConfigIssue[] {
  const all = [...Object.entries(urls), ...trusted.map(({ issuer }) => ['TRUSTED_ISSUERS', issuer] as const)];
  return all
    .filter(([, url]) => url.startsWith('http:') && !isLoopback(url))
    .map(([name, url]) => `${name} is ${url}: anything but this machine needs https.`);
}

function sharedStateOf(values: Values): SharedState | undefined {
  if (values.STATE_URL === undefined) return undefined;
  const scale = values.DEADLINE_SCALE ?? 1;
  return {
    url: values.STATE_URL,
    connections: values.STATE_CONNECTIONS ?? 10,
    connectTimeout: (values.STATE_CONNECT_TIMEOUT ?? 800) * scale,
    statementTimeout: (values.STATE_STATEMENT_TIMEOUT ?? 1_000) * scale,
    instances: values.INSTANCES ?? 1,
  };
}

const SOCKETS_PER_ADDRESS = 1_000;

/** Behind proxies a connection is a proxy's. */
function socketsOf({ SOCKETS_PER_ADDRESS: wished, TRUSTED_PROXIES: proxies = 0 }: Values): number | undefined {
  if (wished === undefined) return proxies > 0 ? undefined : SOCKETS_PER_ADDRESS;
  return wished === 'off' ? undefined : wished;
}

/** Secrets from our documentation are public. An empty value counts as not set. */
function published(source: Source, publicUrl: string, variables: Variables): ConfigIssue[] {
  const secrets = Object.entries(variables).filter(([name]) => isSecret(name) && isSet(source, name));
  return secrets.flatMap(([name, { example }]) => {
    const what = publishedAs(example, source[name] ?? '');
    return what === undefined
      ? []
      : [`${name} is ${what}, which everybody knows, and PUBLIC_URL is ${publicUrl}. ${exampleOf(name, variables)}`];
  });
}

/**
 * Users' tokens and our own keys go to upstreams: over plain http only if the configuration says that the network is
 * ours.
 */
function plainUpstreams(upstreams: Env['upstreams'], { PLAIN_HTTP: ours = [] }: Values): ConfigIssue[] {
  return UPSTREAMS.filter((name) => {
    const { url } = upstreams[name];
    return url.startsWith('http:') && !isLoopback(url) && !ours.includes(name);
  }).map(
    (name) =>
      `${urlVariable(name)} is ${upstreams[name].url}: users’ tokens and our keys need https, or PLAIN_HTTP must name ${name} because the network in between is trusted. Example: PLAIN_HTTP=${name}`,
  );
}

/** Listed twice, an issuer's tokens would be checked by the laxer of two settings. */
function doubledIssuers({ url, trusted }: Env['identity']): ConfigIssue[] {
  const issuers = new Map([[sameIssuer(url), 'IDENTITY_URL']]);
  return trusted.flatMap(({ issuer }) => {
    const before = issuers.get(sameIssuer(issuer));
    issuers.set(sameIssuer(issuer), before ?? 'TRUSTED_ISSUERS');
    if (before === undefined) return [];
    const where = before === 'IDENTITY_URL' ? 'is IDENTITY_URL already' : 'is there twice';
    return [`TRUSTED_ISSUERS names ${issuer}, which ${where}: name each issuer once. ${exampleOf('TRUSTED_ISSUERS')}`];
  });
}

/** However it is written: with slashes at its end or none, with the port that goes without saying. */
function sameIssuer(issuer: string): string {
  const { href } = new URL(issuer);
  let end = href.length;
  while (href[end - 1] === '/') end--;
  return href.slice(0, end);
}

/** The mock provider stands in for one that is not named, where mocks may. */
function identityOf(values: Values, mocksPort: number, mayMock: boolean, issues: ConfigIssue[]): Env['identity'] {
  const mocked = values.IDENTITY_URL === undefined;
  const needed = mocked && mayMock ? [] : (['IDENTITY_URL', 'IDENTITY_CLIENT_ID', 'IDENTITY_CLIENT_SECRET'] as const);
  for (const name of needed) {
    if (values[name] === undefined) issues.push(`${name} is not set, and no mock stands in. ${exampleOf(name)}`);
  }
  return {
    url: values.IDENTITY_URL ?? `http://127.0.0.1:${mocksPort}/identity`,
    mocked,
    clientId: values.IDENTITY_CLIENT_ID ?? 'tributary-web',
    clientSecret: values.IDENTITY_CLIENT_SECRET ?? MOCK_CLIENT_SECRET,
    audience: values.IDENTITY_AUDIENCE ?? 'urn:tributary:api',
    trusted: values.TRUSTED_ISSUERS ?? [],
  };
}

/** The published development secret signs on this machine only. */
function webhookSecretsOf(values: Values, publicUrl: string): Env['webhookSecrets'] {
  const local = isLoopback(publicUrl);
  const secretsOf = (sender: WebhookSender): readonly string[] => {
    const name = `${sender.toUpperCase() as Uppercase<WebhookSender>}_WEBHOOK_SECRETS` as const;
    return values[name] ?? (local ? [DEVELOPMENT_SECRET] : []);
  };
  return Object.fromEntries(WEBHOOK_SENDERS.map((sender) => [sender, secretsOf(sender)])) as Env['webhookSecrets'];
}

/** On this machine there are builds to try out what the others get. */
function appsOf(values: Values, publicUrl: string, issues: ConfigIssue[]): AppPolicies {
  const { MOBILE_MIN_VERSION: minimum, MOBILE_RECOMMENDED_VERSION: recommended } = values;
  const demo = isLoopback(publicUrl);
  const untouched = demo && minimum === undefined && recommended === undefined;
  const stores = demo ? DEMO_APPS.stores : { ios: undefined, android: undefined };
  const given = {
    minimum: minimum ?? (untouched ? toBuilds(DEMO_APPS.minimum) : undefined) ?? [],
    recommended: recommended ?? (untouched ? toBuilds(DEMO_APPS.recommended) : undefined) ?? [],
    stores: { ios: values.APP_STORE_URL ?? stores.ios, android: values.PLAY_STORE_URL ?? stores.android },
  };
  return appPolicies(given, issues);
}

/** Behind a public address, personal data needs a secret that is not published. */
function inspectorOf(values: Values, publicUrl: string, issues: ConfigIssue[]): Env['inspector'] {
  const local = isLoopback(publicUrl);
  const on = values.INSPECTOR === undefined ? local : values.INSPECTOR === 'on';
  const token = values.INSPECTOR_TOKEN;
  if (on && !local && token === undefined)
    issues.push(
      `INSPECTOR_TOKEN is not set, INSPECTOR is on, and PUBLIC_URL is ${publicUrl}, not this machine. ${exampleOf('INSPECTOR_TOKEN')}`,
    );
  return { on, token };
}

/**
 * The environment of this process, read once for all its bundles, and of `.env`, if there is one; what is set already wins
 * over the file. Throws an Error that names all that is wrong with it.
 */
export const environment = (): Env => processSingleton('environment', readFileToo);

function readFileToo(): Env {
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return readEnv(process.env);
}

type Variables = Readonly<Record<string, Variable>>;
type Values = { [Name in VariableName]?: ReturnType<(typeof VARIABLES)[Name]['schema']['parse']> };

/** What this process was given by now, and what `.env` says at this moment. */
export function givenEnv(): { readonly given: Source; readonly file: Source } {
  try {
    return { given: process.env, file: parseEnv(readFileSync('.env', 'utf8')) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { given: process.env, file: {} };
  }
}

/** The values that are set and valid; the others are added to `issues`. An empty value counts as not set. */
function parse(source: Source, variables: Variables, issues: ConfigIssue[]): Values {
  const values: Record<string, unknown> = {};
  for (const [name, { schema, form }] of Object.entries(variables)) {
    if (!isSet(source, name)) continue;
    const parsed = schema.safeParse(source[name]);
    if (parsed.success) values[name] = parsed.data;
    else issues.push(`${name}=${shown(name, source[name] ?? '')} is not ${form}. ${exampleOf(name, variables)}`);
  }
  return values as Values;
}

/** A wrong value as it may be printed: short, and without a secret or the password of a URL. */
const shown = (name: string, value: string) => withoutSecrets(name, value, '…').slice(0, 80);
const isSet = (source: Source, name: string) => source[name] !== undefined && source[name] !== '';
const urlVariable = (name: UpstreamName) => `${name.toUpperCase() as Uppercase<UpstreamName>}_URL` as const;

/** A secret's example is never printed: it would be copied. Those that are ours to make say how. */
function exampleOf(name: string, variables: Variables = VARIABLES): string {
  if (!isSecret(name)) return `Example: ${name}=${variables[name]?.example}`;
  const ours = name === 'STATE_KEYS' || name === 'INSPECTOR_TOKEN';
  return `Example: ${name}=${ours ? '$(node -p "crypto.randomBytes(32).toString(\'base64url\')")' : '<your own, as its other side gave it to you>'}`;
}

function envError(issues: readonly ConfigIssue[]): EnvError {
  const many = issues.length === 1 ? 'One variable is' : `${issues.length} variables are`;
  const lines = [`${many} not right:`, ...issues.map((issue) => `  ${issue}`), 'See .env.example for all of them.'];
  return Object.assign(new Error(lines.join('\n')), { kind: 'env' as const });
}
