import { type CallError, callError, toCallError, withDetails } from '#kernel/base/call-error.ts';
import { leavesOutOptional, load } from '#kernel/base/load/load.ts';
import { addEntry, addProvisional, addTags } from '#kernel/cache/dependencies.ts';
import { type Entry, FRESH_AFTER_PURGE, mayLag, stateOf } from '#kernel/cache/entry.ts';
import { isCacheable } from '#kernel/cache/policy.ts';
import { scopeOf } from '#kernel/identity/principal.ts';
import type { CallSource } from '#kernel/telemetry/trace.ts';
import { type Call, errorDetailsOf } from '#kernel/upstream/calls/call.ts';
import type { CallResult, InFlightCall } from '#kernel/upstream/lane/state.ts';
import { canJoin, refresh, startFlight } from './call-flight.ts';
import type { CallOutcome, Flow } from './flow.ts';
import { type ScopedCall, scopeCall } from './permit.ts';
import { nameOf, recordCall } from './record-call.ts';
import { type Need, sectionReason } from './section.ts';
import { mayStandIn } from './stale-if-error.ts';
import { callTags } from './store-call.ts';
import { writeCall } from './write-call.ts';

/** A call's value: from the cache, from a flight in progress, or from a new one. Throws CallErrors. */
export async function resolve(call: Call, flow: Flow, need: Need): Promise<unknown> {
  const scoped = scopeCall(call, flow);
  const { lane, deps, dependencies } = flow;
  const { key } = scoped;
  const began = performance.now();
  const before = flow.replay?.get(key);
  if (before) return replay(before);
  if ('single' in call.request && !call.request.single.isRead) return writeCall(scoped, began);

  addTags(dependencies, callTags(scoped));
  const entry = call.policy && lane.calls.get(key);
  const state = entry ? stateOf(entry, deps.tags, began, scopeOf(flow.principal)) : 'dead';
  if (entry && state === 'fresh') {
    addEntry(dependencies, entry);
    return serve(scoped, entry, 'hit', began);
  }
  const underWay = lane.flights.get(key);
  const joined = canJoin(scoped, underWay) ? underWay : undefined;
  if (entry && state === 'stale') {
    dependencies.storable = false;
    addTags(dependencies, entry.tags);
    if (joined === undefined) refresh(scoped, entry);
    return serve(scoped, entry, 'stale', began);
  }
  const leavesOut = joined === undefined && flow.optional && leavesOutOptional();
  const inFlight = leavesOut ? undefined : (joined ?? startFlight(scoped, false, entry));
  let result: CallResult;
  try {
    if (inFlight === undefined) throw leftOut();
    result = await inFlight.flight.join(flow.cancellation);
  } catch (thrown) {
    const failure = withDetails(toCallError(thrown), errorDetailsOf(call));
    const { wire } = inFlight ?? {};
    recordCall(call, flow, { cache: joined ? 'coalesced' : 'miss', began, outcome: failure.reason, wire });
    // The flight may have found an old value in the shared tier.
    return serveStale(scoped, entry ?? (deps.tier && lane.calls.get(key)), failure, need, began);
  }
  if (result.isShared && result.entry) return serveShared(scoped, result.entry, joined !== undefined, began);
  return serveFetched(scoped, inFlight, result, joined !== undefined, began);
}

/** The value of a flight, now that it is here. */
function serveFetched(
  { call, flow, key }: ScopedCall,
  { wire }: InFlightCall,
  { value, entry, partial }: CallResult,
  isJoined: boolean,
  began: number,
): unknown {
  if (entry) addEntry(flow.dependencies, entry);
  else flow.dependencies.storable = false;
  if (partial) flow.statuses[nameOf(call, flow)] = { state: 'missing', reason: sectionReason(partial) };
  const cache = isJoined ? 'coalesced' : call.policy && isCacheable(call.policy) ? 'miss' : 'uncached';
  recordCall(call, flow, { cache, began, outcome: 'ok', wire });
  recordOutcome(flow, { call, key, value });
  return value;
}

/** A value that another instance has fetched. If it is stale, it is served at once and refreshed in the background. */
function serveShared(scoped: ScopedCall, entry: Entry, isJoined: boolean, began: number): unknown {
  const { flow, key, scope } = scoped;
  const { lane, deps, dependencies } = flow;
  if (stateOf(entry, deps.tags, performance.now(), scope) === 'fresh') addEntry(dependencies, entry);
  else {
    dependencies.storable = false;
    addTags(dependencies, entry.tags);
    if (!canJoin(scoped, lane.flights.get(key))) refresh(scoped, entry);
  }
  return serve(scoped, entry, isJoined ? 'coalesced' : 'shared', began);
}

/** Under overload, optional calls are not made. */
function leftOut(): CallError {
  load().leftOut++;
  return callError('busy', 'left out, since this process has too much to do');
}

function serve({ call, flow, key }: ScopedCall, entry: Entry, cache: CallSource, began: number): unknown {
  recordCall(call, flow, { cache, began, outcome: entry.missing ? 'not-found' : 'ok', entry });
  const { value } = entry;
  const failure = entry.missing
    ? withDetails(callError('not-found', 'remembered as missing'), errorDetailsOf(call))
    : undefined;
  recordOutcome(flow, { call, key, value, ...(failure && { failure }) });
  if (failure) throw failure;
  return value;
}

/** Serves an old value in place of a call that has failed, and says so in the section's status; else throws the failure. */
function serveStale(
  scoped: ScopedCall,
  entry: Entry | undefined,
  failure: CallError,
  need: Need,
  began: number,
): unknown {
  const { call, flow, key } = scoped;
  const { deps, dependencies, statuses } = flow;
  dependencies.storable = false;
  // A replica may lag behind: this 404 counts only briefly.
  if (mayLag(deps.tags, callTags(scoped), began)) addProvisional(dependencies, performance.now() + FRESH_AFTER_PURGE);
  if (!entry || !mayStandIn(entry, scoped, { failure, need, began })) {
    recordOutcome(flow, { call, key, failure });
    throw failure;
  }
  addTags(dependencies, entry.tags);
  const name = nameOf(call, flow);
  const since = new Date(entry.storedOn).toISOString();
  const reported = statuses[name];
  // Of many calls in one section the oldest value counts.
  if (reported?.since === undefined || reported.since > since) {
    statuses[name] = { state: 'stale', reason: sectionReason(failure), since };
  }
  return serve(scoped, entry, 'spare', began);
}

function recordOutcome(flow: Flow, outcome: Omit<CallOutcome, 'optional'>): void {
  flow.outcomes.push({ ...outcome, optional: flow.optional });
}

function replay({ failure, value }: CallOutcome): unknown {
  if (failure) throw failure;
  return value;
}
