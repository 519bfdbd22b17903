import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseEnv } from 'node:util';
import { processSingleton } from '#kernel/base/registry.ts';
import type { AppPolicies } from '#kernel/contract/app-policy.ts';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import type { RateLimits } from '#kernel/contract/rate-policy.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import { appsOf } from './apps.ts';
import { type Cdn, cdnOf } from './cdn.ts';
import { ALL_VARIABLES, VARIABLES, type Values } from './env-variables.ts';
import { doubledIssuers, type Identity, identityOf } from './identity.ts';
import { type InspectorSettings, inspectorOf } from './inspector.ts';
import { limitsOf } from './limits.ts';
import { isLoopback } from './public-origin.ts';
import { published } from './secrets/published-secrets.ts';
import { exampleOf, shown } from './secrets/secrets.ts';
import { socketsOf } from './server.ts';
import { missingKeys, type SharedState, sharedStateOf } from './shared-state.ts';
import { type TraceExport, traceExportOf } from './trace-export.ts';
import { CREDENTIALS, type CredentialSpecs, credentialVariables } from './upstreams/credentials.ts';
import { plainUpstreams, unencrypted } from './upstreams/plain-http.ts';
import { type UpstreamTargets, upstreamsOf } from './upstreams/targets.ts';
import { isSet, type Source, type Variables } from './variable.ts';
import { type WebhookSecrets, webhookSecretsOf } from './webhooks.ts';

/** The environment, checked and resolved. */
export interface Env {
  readonly port: number;
  readonly host: string;
  /** Our own origin, without a slash at its end. */
  readonly publicUrl: string;
  readonly mocksPort: number;
  readonly upstreams: UpstreamTargets;
  readonly identity: Identity;
  /** Undefined if one is to be made and stored beside the data. */
  readonly stateKeys: readonly Uint8Array[] | undefined;
  /** Undefined where it is a file in `dataDir`. Times in milliseconds, stretched already. */
  readonly sharedState: SharedState | undefined;
  readonly webhookSecrets: WebhookSecrets;
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
  readonly inspector: InspectorSettings;
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
  const variables = { ...VARIABLES, ...credentialVariables(credentials) };
  const values = parse(source, variables, issues);
  const port = values.PORT ?? 3_000;
  const publicUrl = values.PUBLIC_URL ?? `http://localhost:${port}`;
  const local = isLoopback(publicUrl);
  const mocksPort = values.MOCKS_PORT ?? 4_000;
  const mocks = values.MOCKS ?? (local ? 'on' : 'off');
  const upstreams = upstreamsOf({ source, values, credentials, variables, publicUrl, mocksPort, mocks }, issues);
  const identity = identityOf(values, mocksPort, local || mocks === 'on', issues);
  issues.push(...missingKeys(values, publicUrl), ...doubledIssuers(identity));
  if (!local) issues.push(...published(source, publicUrl, variables), ...plainUpstreams(upstreams, values));
  issues.push(...unencrypted({ publicUrl, identity, upstreams, cdnApiUrl: values.CDN_API_URL }));
  const apps = appsOf(values, publicUrl, issues);
  const inspector = inspectorOf(values, publicUrl, issues);
  const cdn = cdnOf(values, issues);
  const mocked = UPSTREAMS.some((name) => upstreams[name].mocked);
  if (mocked && port === mocksPort)
    issues.push(`MOCKS_PORT is ${port}, and so is PORT. ${exampleOf('MOCKS_PORT', VARIABLES)}`);
  if (issues.length > 0) throw envError(issues);
  return {
    port,
    host: values.HOST ?? '127.0.0.1',
    publicUrl,
    mocksPort,
    upstreams,
    identity,
    stateKeys: values.STATE_KEYS,
    sharedState: sharedStateOf(values, values.DEADLINE_SCALE ?? 1),
    webhookSecrets: webhookSecretsOf(values, publicUrl),
    publishableKey: values.STRIPE_PUBLISHABLE_KEY,
    workers: values.WORKERS ?? (local ? 1 : availableParallelism()),
    trustedProxies: values.TRUSTED_PROXIES ?? 0,
    socketsPerAddress: socketsOf(values),
    drainNotice: values.DRAIN_NOTICE ?? (local ? 0 : DRAIN_NOTICE),
    drainTimeout: values.DRAIN_PATIENCE ?? 20,
    warmUp: values.WARM_UP ?? 5,
    rateLimits: limitsOf(values),
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

function envError(issues: readonly ConfigIssue[]): EnvError {
  const many = issues.length === 1 ? 'One variable is' : `${issues.length} variables are`;
  const lines = [`${many} not right:`, ...issues.map((issue) => `  ${issue}`), 'See .env.example for all of them.'];
  return Object.assign(new Error(lines.join('\n')), { kind: 'env' as const });
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

/** What this process was given by now, and what `.env` says at this moment. */
export function givenEnv(): { readonly given: Source; readonly file: Source } {
  try {
    return { given: process.env, file: parseEnv(readFileSync('.env', 'utf8')) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { given: process.env, file: {} };
  }
}
