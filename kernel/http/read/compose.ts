import type { Cancellation } from '#kernel/base/cancellation.ts';
import { canonicalJson, lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { TransientMap } from '#kernel/base/transient-map.ts';
import { isServable } from '#kernel/cache/cached-response.ts';
import { declaredDeadline, type Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { shedParts } from '#kernel/state/overrides.ts';
import { Flight } from '#kernel/upstream/resilience/flight.ts';
import { cachedRead, type Failed, type Read, render } from './render.ts';
import { generationOf } from './response-keys.ts';

type Composing = Flight<Read | Failed>;

const flights = () => processSingleton('composing', () => new TransientMap<string, Composing>());

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
  const forget = () => compositions.delete(key, flight);
  const flight: Composing = new Flight(tags.sequence, declared * 2, false, run, forget);
  compositions.set(key, flight);
  return flight.join(caller);
}

/**
 * Whether the answer is cached or already being composed for another request: serving it costs next to nothing. An
 * expired answer counts as well: it is composed once for all requests, mostly from cached calls.
 */
export function isCachedOrComposing(engine: Engine, { responseKey: key }: RequestContext): boolean {
  return key !== undefined && (engine.responses.has(key) || flights().has(key));
}
