import { LRUCache } from 'lru-cache';
import { type Lane, MAIN_LANE } from '#kernel/base/lane.ts';
import { scaleLoadTarget } from '#kernel/base/load/load.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { extendTimeoutsByLostTime } from '#kernel/base/time/loop-delay.ts';
import { type ResponseCache, responseCache } from '#kernel/cache/cached-response.ts';
import type { CdnName } from '#kernel/cache/cdn/cdn-fields.ts';
import { catchUpWithPurges } from '#kernel/cache/purge-log.ts';
import { createPurgePositions } from '#kernel/cache/purge-positions.ts';
import { abandonTier } from '#kernel/cache/purge-recall.ts';
import type { CacheTier } from '#kernel/cache/tier.ts';
import type { AppPolicies } from '#kernel/contract/app-policy.ts';
import type { Language } from '#kernel/contract/language.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import type { Counter, RateLimits, RatePolicy } from '#kernel/contract/rate-policy.ts';
import type { EngineDeps, SharedTier } from '#kernel/flow/flow.ts';
import { apiFields } from '#kernel/http/security/security-fields.ts';
import type { CookieJar } from '#kernel/identity/cookies.ts';
import type { Identify } from '#kernel/identity/principal.ts';
import type { Sessions } from '#kernel/identity/session.ts';
import { overrides } from '#kernel/state/overrides.ts';
import type { AccessEvent } from '#kernel/telemetry/access.ts';
import type { SecurityEvent } from '#kernel/telemetry/security-events.ts';
import type { Upstream } from '#kernel/upstream/calls/call.ts';
import type { Exchange } from '#kernel/upstream/exchange/call-context.ts';
import { createClient, createPool } from '#kernel/upstream/exchange/client.ts';
import type { Credential, TlsIdentity } from '#kernel/upstream/exchange/credential.ts';
import { createExchange } from '#kernel/upstream/exchange/exchange.ts';
import { type LaneState, laneState, tagTable } from '#kernel/upstream/lane/state.ts';
import { GuardedTier, tierGuard } from '#kernel/upstream/resilience/guarded-tier.ts';
import { contractIssues } from './contract-issues.ts';
import { type Routes, routesOf } from './routing.ts';

/** What a host and its configuration give the engine. */
export interface Runtime {
  readonly upstreams: Readonly<Record<string, UpstreamAddress>>;
  /** Our own origin, for links; never taken from a request. */
  readonly publicUrl: string;
  /** Maximum bytes of the cache of calls; the response cache may take a quarter of it in addition. */
  readonly cacheBytes: number;
  /** In development code changes under a running process: nothing composed by old code is served. */
  readonly dev: boolean;
  readonly identify: Identify;
  readonly cookies: CookieJar;
  readonly sessions: Sessions;
  readonly scenarios: Scenarios;
  /** Whether headers and bodies are recorded, masked, with the traces of requests: the inspector shows them. */
  readonly captures?: boolean;
  /** Whether traces are exported: then cached answers are traced, too. */
  readonly exportsTraces?: boolean;
  /** The keys of `baggage` that go on to upstreams; none by default. */
  readonly baggage?: readonly string[];
  /** What one caller may do in a time. */
  readonly rateLimits: RateLimits;
  /** Where instances count together; undefined where this process counts alone. */
  readonly sharedCounter?: ((name: string, policy: RatePolicy) => Counter) | undefined;
  /** Which builds of the apps are served. */
  readonly apps: AppPolicies;
  /** What every deadline and timeout is multiplied by; 1 by default. */
  readonly deadlineScale?: number;
  /** How many entries of X-Forwarded-For are believed. */
  readonly trustedProxies: number;
  /** The CDN in front of us, which purges reach; its fields are on no answer where there is none. */
  readonly cdn?: CdnName | undefined;
  /** A second cache of calls that instances share; none if not given. */
  readonly tier?: CacheTier | undefined;
  defer(work: Promise<unknown>): void;
  log(event: AccessEvent): void;
  /** Refused requests, for operators who look for attacks; rate limited. */
  security?(event: SecurityEvent): void;
  /** A warning for the operators, written to the log only. */
  warn?(message: string): void;
  /** Something that should not have happened; only the log sees it. */
  report(error: unknown, requestId: string): void;
}

interface UpstreamAddress {
  readonly url: string;
  readonly mocked: boolean;
  /** How it is told who we are; not visible to operations, traces or logs. */
  readonly credential?: Credential | undefined;
  /** Our certificate there, as its files are now. */
  readonly tls?: (() => TlsIdentity) | undefined;
}

/** The port through which a scenario's words become a lane. */
export interface Scenarios {
  /** False where no upstream is mocked, so that there is nothing to play. */
  readonly playable?: boolean;
  read(text: string): { readonly lane: Lane } | { readonly problem: string };
  /** The header value that tells an upstream of a lane. */
  header(lane: Lane, upstream: string): string | undefined;
}

export interface Engine {
  readonly runtime: Runtime;
  readonly operations: readonly Operation[];
  readonly routes: Routes;
  readonly deps: EngineDeps;
  readonly responses: ResponseCache;
  /** What every answer says to browsers (`security-fields.ts`). */
  readonly fields: readonly string[];
  /** Raw request targets with a cached response, now or earlier (`response-keys.ts`). */
  readonly keyByTarget: LRUCache<string, string | Language>;
}

/** Milliseconds that an operation may take here. */
export const declaredDeadline = ({ deps }: Pick<Engine, 'deps'>, { contract }: Operation): number =>
  contract.deadline * deps.deadlineScale;

const MEMO_CHARACTERS = 2 * 1024 * 1024;
const MEMO_MAX_LENGTH = 1_024;
const MEMO_OVERHEAD = 100;
const RESPONSE_SHARE = 0.25;

/**
 * Makes an engine of what we offer and what we run on. Throws one error that lists everything wrong with the
 * contracts: doubled ids and routes, examples that do not fit, private calls in public operations.
 */
export function createEngine(runtime: Runtime, operations: readonly Operation[]): Engine {
  const issues = contractIssues(operations, runtime.upstreams);
  if (issues.length > 0) throw new TypeError(`These operations can't be served:\n  ${issues.join('\n  ')}`);
  if (runtime.dev) extendTimeoutsByLostTime();
  const { deadlineScale = 1 } = runtime;
  scaleLoadTarget(deadlineScale);
  // The first to ask for the main lane sets the size of its cache.
  laneState(MAIN_LANE, runtime.cacheBytes);
  return {
    runtime,
    operations,
    routes: routesOf(operations),
    deps: {
      tags: tagTable(),
      tier: runtime.tier && sharedTier(runtime, runtime.tier),
      overrides: overrides(),
      exchange: exchangesFor(runtime),
      deadlineScale,
      captures: runtime.captures ?? false,
      credential: ({ name }) => runtime.upstreams[name]?.credential,
      isMocked: ({ name }) => runtime.upstreams[name]?.mocked ?? false,
      laneHeader: (lane, upstream) => (lane.name === '' ? undefined : runtime.scenarios.header(lane.name, upstream)),
      defer: runtime.defer,
    },
    fields: apiFields(runtime.publicUrl),
    responses: responseCache(runtime.cacheBytes * RESPONSE_SHARE),
    keyByTarget: processSingleton('key by target', createKeyByTarget),
  };
}

/** From here on the tag table notes the log position of each purge: it outranks older values of the shared tier. */
function sharedTier({ upstreams, sessions, deadlineScale = 1, warn = () => {} }: Runtime, tier: CacheTier): SharedTier {
  tagTable().positions ??= createPurgePositions();
  const shared = tierGuard();
  const leave = async () => {
    await abandonTier(sessions.state);
    await catchUpWithPurges();
  };
  shared.guard ??= new GuardedTier(tier, { scale: deadlineScale, warn, leave });
  return {
    guard: shared.guard,
    seal: sessions.seal,
    addressOf: (name) => upstreams[name]?.url ?? '',
  };
}

/** Bounded by bytes, not by the number of targets: one client may spell one address in a million ways. */
function createKeyByTarget(): Engine['keyByTarget'] {
  return new LRUCache({
    maxSize: MEMO_CHARACTERS,
    maxEntrySize: MEMO_MAX_LENGTH,
    sizeCalculation: (key, target) => MEMO_OVERHEAD + (typeof key === 'string' ? key.length : 0) + target.length,
  });
}

/** The way to an upstream in a lane, composed when it is first needed; the pool beneath it is the lane's. */
function exchangesFor({ upstreams }: Runtime): EngineDeps['exchange'] {
  const exchanges = new WeakMap<LaneState, WeakMap<Upstream, Exchange>>();
  return (upstream, lane) => {
    const { name, parallel } = upstream;
    let ofLane = exchanges.get(lane);
    if (ofLane === undefined) {
      ofLane = new WeakMap();
      exchanges.set(lane, ofLane);
    }
    let exchange = ofLane.get(upstream);
    if (exchange === undefined) {
      const address = upstreams[name];
      if (address === undefined) throw new TypeError(`no address for the upstream "${name}"`);
      const key = `${name} ${address.url} ${parallel}`;
      const pool = lane.pools.get(key) ?? createPool(address.url, parallel, address.tls);
      lane.pools.set(key, pool);
      exchange = createExchange(upstream, lane, createClient(address.url, pool, address.credential?.field));
      ofLane.set(upstream, exchange);
    }
    return exchange;
  };
}
