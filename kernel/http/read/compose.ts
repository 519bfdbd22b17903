import type { z } from 'zod';
import { callError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { canonicalJson, lengthPrefixed } from '#kernel/base/json/canonical.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import { type CachedResponse, isServable, type Representation, storeResponse } from '#kernel/cache/cached-response.ts';
import { lifeOf } from '#kernel/cache/reads.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { Flow } from '#kernel/flow/flow.ts';
import { declaredDeadline, type Engine } from '#kernel/http/engine/engine.ts';
import { fitting, WITH_INPUT } from '#kernel/http/engine/fitting.ts';
import { type FlowWatch, type Performed, perform } from '#kernel/http/engine/perform.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { cacheControl, represent } from '#kernel/http/response/representation.ts';
import { shedParts } from '#kernel/state/overrides.ts';
import type { CallTrace } from '#kernel/telemetry/trace.ts';
import { Flight } from '#kernel/upstream/resilience/flight.ts';
import { generationOf } from './generation.ts';

/** A composed read, as bytes. */
export interface Read {
  readonly representation: Representation;
  readonly sections: Readonly<Record<string, SectionStatus>>;
  readonly calls: readonly CallTrace[];
  /** Set if the response was stored in the cache, or found there. */
  readonly cachedResponse: CachedResponse | undefined;
  /** Set where it could be cached, but for its size. */
  readonly tooLarge?: true;
  readonly cache: 'hit' | 'miss' | 'collapsed' | 'bypass';
  /** Set where anything in it was made for the principal. */
  readonly personal: boolean;
  readonly dependencies: Dependencies;
  readonly by: Composer | undefined;
}

/** The request whose code made an answer, and when that began, monotonic. */
interface Composer {
  readonly requestId: string;
  readonly startedAt: number;
}

/** What can make an answer old. */
export interface Dependencies {
  readonly tags: Iterable<string>;
  /** Set where some of it may be of a lagging replica: when it is worth asking for again, monotonic. */
  readonly provisionalUntil: number | undefined;
}

/** A read that failed, with what its flow depended on. */
export interface Failed {
  readonly thrown: unknown;
  readonly calls: readonly CallTrace[];
  readonly dependencies: Dependencies;
  readonly by: Composer;
}

type Composing = Flight<Read | Failed>;

const flights = (): Map<string, Composing> => processSingleton('composing', () => new Map());

/**
 * Looks the response up in the cache, once for all that follows. Its key stays undefined where it must not be cached: in
 * a scenario lane, with parts chosen or left out, or not public.
 */
export function lookUpResponse(engine: Engine, context: RequestContext): undefined {
  const { operation, input, headers, lane, parts } = context;
  context.cached = undefined;
  context.responseKey = undefined;
  if (operation.contract.audience !== 'public' || lane.name !== MAIN_LANE || parts !== undefined) return;
  if (shedParts(lane.overrides, operation.contract.id) !== undefined) return;
  const generation = generationOf(operation, engine.runtime.dev);
  const key = lengthPrefixed([operation.contract.id, generation, canonicalJson(input), canonicalJson(headers)]);
  context.responseKey = key;
  const found = engine.responses.get(key);
  if (found !== undefined && isServable(found, engine.deps.tags, performance.now())) context.cached = found;
}

/** Finds or composes the answer to a read. */
export async function composeRead(
  engine: Engine,
  context: RequestContext,
  caller: Cancellation,
): Promise<Read | Failed> {
  const { responseKey: key, cached } = context;
  if (cached) return cachedRead(cached);
  if (key === undefined) return render(engine, context, caller);

  const { tags } = engine.deps;
  const underWay = flights().get(key);
  if (underWay && !underWay.abandoned && underWay.sequence === tags.sequence) {
    const read = await underWay.join(caller);
    return 'thrown' in read ? read : { ...read, cache: 'collapsed' };
  }
  const declared = declaredDeadline(engine, context.operation);
  // A client with a short deadline must not lead the flight: its timeout would apply to all.
  if (context.deadline < declared) return render(engine, context, caller);

  const compositions = flights();
  const run = (cancellation: Cancellation) => render(engine, context, cancellation);
  const flight: Composing = new Flight(tags.sequence, declared * 2, false, run, () => {
    if (compositions.get(key) === flight) compositions.delete(key);
  });
  compositions.set(key, flight);
  return flight.join(caller);
}

/** A cached response as a read. */
export function cachedRead(cachedResponse: CachedResponse): Read {
  const { identity: representation, tags, provisional, freshUntil } = cachedResponse;
  return {
    representation,
    sections: {},
    calls: [],
    cachedResponse,
    cache: 'hit',
    personal: false,
    dependencies: { tags, provisionalUntil: provisional ? freshUntil : undefined },
    by: undefined,
  };
}

/**
 * Whether the answer is cached or already being composed for another request: serving it costs next to nothing. An
 * expired answer counts as well: it is composed once for all who ask, mostly from cached calls.
 */
export function takesNoWork(engine: Engine, { responseKey: key }: RequestContext): boolean {
  return key !== undefined && (engine.responses.has(key) || flights().has(key));
}

/** Composes an answer, and stores it if it may be cached and is complete. */
export async function render(
  engine: Engine,
  context: RequestContext,
  caller: Cancellation,
  watch?: FlowWatch,
): Promise<Read | Failed> {
  const performed = await perform(engine, context, caller, watch);
  const { calls, reads: dependencies, requestId, startedAt } = performed.flow;
  const by = { requestId, startedAt };
  try {
    const { contract } = context.operation;
    const made = await fitting(engine, context, performed, (settled) => viewIn(contract, settled));
    const { flow } = made.performed;
    const { bytes, etag, sections } = made.made;
    const personal = flow.calls.some(({ personal: made }) => made);
    const degraded = Object.keys(sections).length > 0;
    const control = cacheControl(contract, { degraded, lane: flow.lane.name !== MAIN_LANE });
    const representation = represent(contract, control, bytes, etag, engine.fields);
    const stored = storeAnswer(engine, context, flow, representation);
    const cache = context.responseKey === undefined ? 'bypass' : 'miss';
    return { representation, sections, calls, ...stored, cache, personal, dependencies, by };
  } catch (thrown) {
    return { thrown, calls, dependencies, by };
  }
}

/** The view of an operation, and its ETag if it gave one. */
function viewIn(
  contract: Contract,
  { flow, outcome }: Performed,
): { bytes: Uint8Array; etag?: string | undefined; sections: Flow['statuses'] } {
  if (!outcome.ok) throw outcome.thrown;
  const { result, answer, composed } = outcome;
  const sections = sorted(flow.statuses);
  if (answer === undefined)
    return { bytes: toBytes(contract.output, result, composed ? sections : undefined), sections };
  const schema = answer.status === 200 ? contract.answers?.[200] : undefined;
  if (schema === undefined) throw callError('internal', `${contract.id} answered ${answer.status} to a read`);
  return { bytes: Buffer.from(JSON.stringify(schema.parse(answer.view, WITH_INPUT))), etag: answer.etag, sections };
}

/** Sections report as they fail; sorted by name, equal answers have equal bytes. */
function sorted(statuses: Flow['statuses']): Flow['statuses'] {
  const paths = Object.keys(statuses);
  if (paths.length < 2) return statuses;
  return Object.fromEntries(paths.sort().map((path) => [path, statuses[path] as SectionStatus]));
}

/** The view through its schema, so that nothing else leaves, with its `meta`. */
export function toBytes(
  schema: z.ZodObject | undefined,
  view: unknown,
  sections: Readonly<Record<string, SectionStatus>> | undefined,
): Uint8Array {
  const parsed = schema?.safeParse(view, WITH_INPUT);
  if (!parsed?.success)
    throw callError('internal', 'the answer does not fit its output schema', { cause: parsed?.error });
  const meta = sections && { complete: Object.keys(sections).length === 0, sections };
  return Buffer.from(JSON.stringify({ ...parsed.data, meta }));
}

/** Stores an answer of which every section was fresh, unless it was purged while it was made. */
function storeAnswer(
  engine: Engine,
  { operation, requestId, responseKey }: RequestContext,
  flow: Flow,
  identity: Representation,
): Pick<Read, 'cachedResponse' | 'tooLarge'> {
  if (responseKey === undefined || Object.keys(flow.statuses).length > 0) return { cachedResponse: undefined };
  const life = lifeOf(flow.reads, engine.deps.tags);
  if (life === undefined) return { cachedResponse: undefined };
  const cachedResponse: CachedResponse = {
    operation: operation.contract.id,
    by: requestId,
    ...life,
    checked: life.sequence,
    hits: 0,
    identity,
  };
  const stored = storeResponse(engine.responses, responseKey, cachedResponse);
  return stored ? { cachedResponse } : { cachedResponse: undefined, tooLarge: true };
}
