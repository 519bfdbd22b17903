import cluster from 'node:cluster';
import type { Env } from '#config/env.ts';
import { SharedCounter } from '#kernel/http/access/counter.ts';
import type { Runtime } from '#kernel/http/engine/engine.ts';
import { startRecordingLogLines } from '#kernel/telemetry/log-lines.ts';
import { cacheTier } from '#services/cache-tier/cache-tier.ts';
import { createBearerCheck, type TrustedIssuer } from '#services/identity/bearer.ts';
import { createIdentify } from '#services/identity/identify.ts';
import { identity } from '#services/identity/identity.ts';
import { openSharedState } from '#services/state/open-state.ts';
import { noteUpstreams } from './process/lifecycle.ts';
import { logger } from './process/log.ts';
import { followMocks } from './process/mocks-lifetime.ts';
import { scenariosFor } from './scenarios.ts';
import { upstreamsOf } from './upstreams.ts';
import { WorkerCounter } from './workers/limits.ts';

const CACHE_BYTES = 64 * 1024 * 1024;

/** What the engine runs on, as this environment has it. */
export function createRuntime(env: Env, host: Pick<Runtime, 'defer'>): Runtime {
  const log = logger(env.logLevel);
  if (env.inspector.on) startRecordingLogLines();
  const { cookies, provider, sessions } = identity(env);
  noteUpstreams(env.upstreams);
  if (env.dev) followMocks(env.mocksPort);
  return {
    upstreams: upstreamsOf(env, (message) => log.warn(message)),
    publicUrl: env.publicUrl,
    cacheBytes: CACHE_BYTES,
    dev: env.dev,
    identify: createIdentify({
      cookies,
      sessions,
      bearer: createBearerCheck(issuersOf(env), env.deadlineScale),
      grants: provider,
    }),
    cookies,
    sessions,
    scenarios: scenariosFor(env.upstreams),
    captures: env.inspector.on,
    rateLimits: env.rateLimits,
    sharedCounter: sharedCounterOf(env),
    exportsTraces: env.traceExport !== undefined,
    baggage: env.baggageKeys,
    apps: env.apps,
    trustedProxies: env.trustedProxies,
    deadlineScale: env.deadlineScale,
    cdn: env.dev ? undefined : env.cdn?.name,
    tier: cacheTier(env),
    defer: host.defer,
    log: (event) => log.info(event),
    security: (event) => log.warn(event, 'refused'),
    warn: (message) => log.warn(message),
    report: (error, requestId) => log.error({ err: error, id: requestId }, 'unexpected'),
  };
}

/**
 * Milliseconds for a count that others take part in, be it in the shared state or in the process above the workers: the
 * request waits for it before all else, and a limit that is briefly too wide costs less than a slow answer.
 */
const COUNTING = 250;

/** Counts for all instances, or for all workers of this host; undefined where this process is the only one. */
function sharedCounterOf(env: Env): Runtime['sharedCounter'] {
  const state = openSharedState(env);
  const patience = COUNTING * env.deadlineScale;
  if (state !== undefined && env.sharedState !== undefined) {
    const { query } = state;
    const limits = { query, instances: env.sharedState.instances, patience };
    return (name, policy) => new SharedCounter(name, policy, limits);
  }
  return cluster.isWorker
    ? (name, policy) => new WorkerCounter(name, policy, { workers: env.workers, patience })
    : undefined;
}

/** Our own issuer's access tokens are of RFC 9068's type; other issuers have types of their own. */
function issuersOf({ identity: { url, audience, trusted } }: Env): TrustedIssuer[] {
  return [
    { issuer: url, audience, type: 'at+jwt', isOurs: true },
    ...trusted.map((more) => ({ ...more, type: undefined, isOurs: false })),
  ];
}
