import { isCallError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { deepFreeze } from '#kernel/base/json/json-value.ts';
import { deadlineIn } from '#kernel/base/time/timeout.ts';
import type { Entry } from '#kernel/cache/entry.ts';
import { fixedTags } from '#kernel/cache/policy.ts';
import { isPurged, type TagTable } from '#kernel/cache/tags.ts';
import { scopeOf } from '#kernel/identity/principal.ts';
import { captureCall } from '#kernel/telemetry/captures.ts';
import { withoutBaggage } from '#kernel/telemetry/context/trace-context.ts';
import type { Mask } from '#kernel/telemetry/mask.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import type { CallContext } from '#kernel/upstream/exchange/call-context.ts';
import { fetchCall } from '#kernel/upstream/exchange/fetch.ts';
import type { FetchedValue } from '#kernel/upstream/exchange/validate-answer.ts';
import type { CallResult, InFlightCall } from '#kernel/upstream/lane/state.ts';
import { Flight } from '#kernel/upstream/resilience/flight.ts';
import { tokenSourceOf, withToken } from './call-token.ts';
import type { Flow } from './flow.ts';
import { carriesBaggage, type ScopedCall } from './permit.ts';
import { newWire } from './record-call.ts';
import { type SharedCall, sharedCall } from './shared-call.ts';
import { callTags, type FetchMoment, revalidationOf, storeMissing, storeValue } from './store-call.ts';

/** Whether a flight may be joined: not if it was abandoned, nor if it began before a purge of what it fetches. */
export function canJoin(scoped: ScopedCall, inFlight: InFlightCall | undefined): inFlight is InFlightCall {
  if (inFlight === undefined || inFlight.flight.abandoned) return false;
  const { sequence } = inFlight.flight;
  const { policy } = scoped.call;
  const { tags } = scoped.flow.deps;
  if (sequence === tags.sequence) return true;
  // Without tags, a write may have changed it.
  if (policy === undefined) return false;
  // Tags that are read off the value may have been purged as well; they are not known yet.
  if (fixedTags(policy).length < policy.tagging.length) return false;
  return !isPurged(tags, callTags(scoped), sequence);
}

/** Starts the flight of a read, which other requests may join; `entry` is what the cache has of it. */
export function startFlight(scoped: ScopedCall, isRefresh: boolean, entry: Entry | undefined): InFlightCall {
  const { key, flow } = scoped;
  const { lane } = flow;
  const shared = sharedCall(scoped);
  const forget = () => lane.flights.delete(key, inFlight);
  const inFlight = launch(
    scoped,
    { isRefresh, revalidation: revalidationOf(scoped.call, entry), shared, onSettled: forget },
    {
      arrived(found, moment) {
        // All requests that wait share the value, cached or not: none of them may change it.
        deepFreeze(found.value);
        const { value, partial, size } = found;
        // A partial value goes to the requests that wait for this flight. It is not stored.
        const stored = partial ? undefined : storeValue(scoped, found, moment);
        share(shared, moment, unpurged(stored, flow.deps.tags), size);
        return { value, entry: stored, partial };
      },
      failed(thrown, moment) {
        const isMissing = isCallError(thrown) && thrown.reason === 'not-found';
        const stored = isMissing ? storeMissing(scoped, moment) : undefined;
        share(shared, moment, unpurged(stored, flow.deps.tags), 0);
      },
    },
  );
  lane.flights.set(key, inFlight);
  return inFlight;
}

/** Shares the entry with the other instances. If its upstream forbids to store it, what they have is removed. */
function share(shared: SharedCall | undefined, { wire }: FetchMoment, entry: Entry | undefined, size: number): void {
  if (wire.unstored === undefined) shared?.offer(entry, size);
  else shared?.withdraw();
}

/** The entry, unless it was purged while it was fetched: then it must not be shared. */
const unpurged = (entry: Entry | undefined, table: TagTable): Entry | undefined =>
  entry !== undefined && isPurged(table, entry.tags, entry.sequence) ? undefined : entry;

/** Fetches again in the background, while the stale value is served. */
export function refresh(scoped: ScopedCall, entry: Entry): void {
  const { flight } = startFlight(scoped, true, entry);
  scoped.flow.deps.defer(flight.result.catch(() => undefined));
}

/** A write is a flight that is neither shared nor aborted: once it is sent, its outcome matters. */
export const startWrite = (scoped: ScopedCall): InFlightCall =>
  launch(
    scoped,
    { isRefresh: true, revalidation: undefined, shared: undefined },
    { arrived: ({ value }) => ({ value, entry: undefined }) },
  );

/** How a flight starts. */
interface Launch {
  /** A refresh is not aborted, though no request waits for it. */
  readonly isRefresh: boolean;
  readonly revalidation: CallContext['revalidation'];
  /** The shared tier, which is asked before the upstream. */
  readonly shared: SharedCall | undefined;
  readonly onSettled?: () => void;
}

/** What is done with a call's value, or its failure. */
interface CallHandlers {
  arrived(found: FetchedValue, moment: FetchMoment): CallResult;
  /** Also called with an error that `arrived` throws. */
  failed?(thrown: unknown, moment: FetchMoment): void;
}

function launch(
  scoped: ScopedCall,
  { isRefresh, revalidation, shared, onSettled }: Launch,
  handlers: CallHandlers,
): InFlightCall {
  const { call, flow } = scoped;
  const { deps } = flow;
  const began = performance.now();
  const timeout = call.upstream.timeout * deps.deadlineScale;
  const wire = newWire(timeout, began, flow);
  if (deps.captures) captureCall(wire, maskFor(call, flow));
  const head = { fields: undefined };
  const { sequence } = deps.tags;
  const fetch = (cancellation: Cancellation, revalidation: CallContext['revalidation'], sent: number) => {
    const deadline = deadlineIn(timeout, sent);
    const context = contextFor(call, flow, { wire, head, revalidation, cancellation, deadline });
    return context instanceof Promise ? context.then((ready) => fetchCall(call, ready)) : fetchCall(call, context);
  };
  const moment = { sequence, began, head, wire };
  const fail = (thrown: unknown): never => {
    handlers.failed?.(thrown, moment);
    throw thrown;
  };
  const arrive = (found: FetchedValue): CallResult => {
    try {
      return handlers.arrived(found, moment);
    } catch (thrown) {
      return fail(thrown);
    }
  };
  const run = async (cancellation: Cancellation) => {
    const found = await shared?.find(isRefresh, cancellation);
    if (found?.served) return { value: found.served.value, entry: found.served, isShared: true };
    const old = revalidation ?? revalidationOf(call, found?.staleEntry);
    return fetch(cancellation, old, performance.now()).then(arrive, fail);
  };
  const flight = new Flight(
    sequence,
    timeout + (shared?.timeout ?? 0),
    isRefresh,
    (cancellation) => (shared ? run(cancellation) : fetch(cancellation, revalidation, began).then(arrive, fail)),
    onSettled,
  );
  return { flight, wire };
}

/** What may be shown of an answer: values only if they are public. */
function maskFor({ privacy, policy }: Call, { audience, principal }: Flow): Mask {
  const shared = privacy === 'public' && policy !== undefined;
  const isAnonymous = privacy === 'public' && (audience === 'public' || principal.kind === 'anonymous');
  return shared || isAnonymous ? 'named' : 'values';
}

/** The context in which a flight goes to its upstream; it waits only for a token. */
function contextFor(
  call: Call,
  flow: Flow,
  ofFlight: Pick<CallContext, 'wire' | 'head' | 'revalidation' | 'deadline' | 'cancellation'>,
): CallContext | Promise<CallContext> {
  const { lane, trace, deps, principal, requestId } = flow;
  const headers = ['x-request-id', requestId, ...(carriesBaggage(call) ? trace.fields : withoutBaggage(trace.fields))];
  const laneHeader = deps.laneHeader(lane, call.upstream.name);
  if (laneHeader !== undefined) headers.push('x-scenario', laneHeader);
  const { deadlineScale } = deps;
  const exchange = deps.exchange(call.upstream, lane);
  const context = { exchange, lane, scope: scopeOf(principal), headers, trace, deadlineScale, ...ofFlight };
  const source = tokenSourceOf(call, flow);
  return source === undefined ? context : withToken(headers, source).then((tokened) => ({ ...context, ...tokened }));
}
