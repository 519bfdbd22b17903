import { type CachedResponse, isServable, type Representation } from '#kernel/cache/cached-response.ts';
import { isCdnField, unsharedFields } from '#kernel/cache/cdn/cdn-fields.ts';
import { seesPurges } from '#kernel/cache/purge-log.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { traceOf } from '#kernel/http/engine/request-context.ts';
import { SCENARIO_COOKIE } from '#kernel/http/engine/scenario.ts';
import { acceptable, coding } from '#kernel/http/negotiation/negotiate.ts';
import { evaluateRead } from '#kernel/http/negotiation/preconditions.ts';
import { bytesIn, header, type InboundHeaders, type Reply } from '#kernel/http/request/inbound.ts';
import { READ_TYPES } from '#kernel/http/response/event-reply.ts';
import { shedParts } from '#kernel/state/overrides.ts';
import { isLogged, pathOf } from '#kernel/telemetry/access.ts';
import { requestIdFrom } from '#kernel/telemetry/ids.ts';
import { recordTrace } from '#kernel/telemetry/record-trace.ts';
import { makeCodedForms, wantsCodedForms } from './coded.ts';
import { responseKeyOf } from './response-keys.ts';

const CODINGS = ['br', 'gzip'] as const;

/**
 * All of a cached GET: its raw target is looked up and written, before any router, schema or Request exists. Undefined
 * if anything about the request needs the long path.
 */
export function findHit(engine: Engine, target: string, headers: InboundHeaders): Reply | undefined {
  const key = responseKeyOf(engine.keyByTarget, target, headers);
  if (key === undefined) return undefined;
  const cached = engine.responses.get(key);
  const now = performance.now();
  if (cached === undefined || !isServable(cached, engine.deps.tags, now)) return undefined;
  if (shedParts(engine.deps.overrides, cached.operation) !== undefined) return undefined;
  if (headers['x-scenario'] !== undefined || maySetScenario(engine, headers)) return undefined;
  if (acceptable(header(headers, 'accept'), READ_TYPES) !== READ_TYPES[0]) return undefined;

  const id = requestIdFrom(header(headers, 'x-request-id'));
  const reply = serveCached(engine, key, cached, headers, id);
  if (reply === 'precondition-failed') return undefined;
  const { log } = engine.runtime;
  const duration = performance.now() - now;
  const bytes = bytesIn(reply);
  if (isLogged(reply.status))
    log({ id, method: 'GET', path: pathOf(target), status: reply.status, duration, bytes, cache: 'hit' });
  recordTrace({
    id,
    at: Date.now(),
    method: 'GET',
    target,
    operation: cached.operation,
    lane: '',
    status: reply.status,
    duration,
    deadline: 0,
    bytesOut: bytes,
    cache: 'hit',
    sections: NOTHING,
    calls: NO_CALLS,
    composedBy: cached.by,
    context: engine.runtime.exportsTraces ? traceOf(engine, headers) : undefined,
    etag: cached.identity.etag,
  });
  return reply;
}

/** Whether a cookie may name a scenario; which one is for the long path to read. */
function maySetScenario({ runtime }: Engine, headers: InboundHeaders): boolean {
  return runtime.scenarios.playable !== false && header(headers, 'cookie')?.includes(`${SCENARIO_COOKIE}=`) === true;
}

const NOTHING = {} as const;
const NO_CALLS = [] as const;

/** A cached response in the representation that the client accepts, or a 304. */
export function serveCached(
  engine: Engine,
  key: string,
  cached: CachedResponse,
  headers: InboundHeaders,
  id: string,
): Reply | 'precondition-failed' {
  if (wantsCodedForms(cached)) engine.runtime.defer(makeCodedForms(engine.responses, key, cached));
  return conditional(withholdFromCdn(engine, representationFor(cached, headers)), headers, [
    'Cache-Status',
    'tributary; hit',
    'X-Request-Id',
    id,
  ]);
}

function representationFor(cached: CachedResponse, headers: InboundHeaders): Representation {
  const { identity, br, gzip } = cached;
  if (br === undefined || gzip === undefined) return identity;
  const chosen = coding(header(headers, 'accept-encoding'), CODINGS);
  return chosen === 'identity' ? identity : chosen === 'br' ? br : gzip;
}

/** 200 or 304, as the request's preconditions have it (RFC 9110 §13). */
export function conditional(
  representation: Representation,
  headers: InboundHeaders,
  more: readonly string[],
): Reply | 'precondition-failed' {
  const ifMatch = header(headers, 'if-match');
  const ifNoneMatch = header(headers, 'if-none-match');
  const verdict =
    ifMatch === undefined && ifNoneMatch === undefined
      ? 'proceed'
      : evaluateRead({ ifMatch, ifNoneMatch }, representation.etag);
  if (verdict === 'not-modified')
    return { status: 304, headers: [...representation.unchanged, ...more], body: undefined };
  if (verdict !== 'proceed') return 'precondition-failed';
  return { status: 200, headers: [...representation.head, ...more], body: representation.bytes };
}

/**
 * An answer as it may be given at this moment. While this process can't read the log of purges, the answer may be
 * outdated: it is served, but no CDN may store it, for there all clients would get it for its full life.
 */
export function withholdFromCdn({ runtime: { cdn }, deps }: Engine, representation: Representation): Representation {
  if (cdn === undefined || seesPurges(deps.tags, performance.now())) return representation;
  const unshared = (fields: readonly string[]) => [
    ...fields.filter((_, index) => !isCdnField(fields[index - (index % 2)] ?? '')),
    ...unsharedFields(cdn),
  ];
  return { ...representation, head: unshared(representation.head), unchanged: unshared(representation.unchanged) };
}
