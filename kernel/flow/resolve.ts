import { type CallError, type CallErrorReason, callError, isCallError, toCallError } from '#kernel/base/call-error.ts';
import { deepFreeze } from '#kernel/base/json/freeze.ts';
import { leavesOutOptional, load } from '#kernel/base/load/load.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { deadlineIn } from '#kernel/base/time/deadline.ts';
import {
  type Entry,
  entryOf,
  FRESH_AFTER_PURGE,
  mayLag,
  missingEntry,
  stateOf,
  storeEntry,
} from '#kernel/cache/entry.ts';
import { fixedTags, isCacheable, tagsOf } from '#kernel/cache/policy.ts';
import { noteProvisional, noteRead, noteTags } from '#kernel/cache/reads.ts';
import { isPurged, privateTag, upstreamTag } from '#kernel/cache/tags.ts';
import { credentialOf, scopeOf } from '#kernel/identity/principal.ts';
import { beyondFresh } from '#kernel/state/overrides.ts';
import type { CallSource, WireTrace } from '#kernel/telemetry/trace.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import type { CallContext } from '#kernel/upstream/exchange/call-context.ts';
import { fetchCall } from '#kernel/upstream/exchange/fetch.ts';
import type { Sample } from '#kernel/upstream/lane/sample.ts';
import type { CallResult, InFlightCall } from '#kernel/upstream/lane/state.ts';
import { Flight } from '#kernel/upstream/resilience/flight.ts';
import { keyOf } from './call-key.ts';
import type { Brought, Flow } from './flow.ts';
import { nameOf, newWire, note } from './note.ts';
import { type Need, sectionReason } from './section.ts';

/** A call's value: from the cache, from a flight in progress, or from a new one. Throws CallErrors. */
export async function resolve(call: Call, flow: Flow, need: Need): Promise<unknown> {
  const scope = permit(call, flow);
  const { lane, deps, reads } = flow;
  const now = performance.now();
  const key = keyOf(call, scope, flow.principal);
  const before = flow.replay?.get(key);
  if (before) return replay(before);
  if ('single' in call.request && !call.request.single.reads) return write(call, flow, now);

  const tags = callTags(call, scope);
  noteTags(reads, tags);
  const entry = call.policy && lane.calls.get(key);
  const state = entry ? stateOf(entry, deps.tags, now, scopeOf(flow.principal)) : 'dead';
  if (entry && state === 'fresh') {
    noteRead(reads, entry);
    return serve(call, key, flow, entry, 'hit', now);
  }
  if (entry && state === 'stale') {
    reads.storable = false;
    noteTags(reads, entry.tags);
    if (!canJoin(call, flow, scope, lane.flights.get(key))) refresh(call, key, flow, scope);
    return serve(call, key, flow, entry, 'stale', now);
  }

  const underWay = lane.flights.get(key);
  const joins = canJoin(call, flow, scope, underWay);
  const givesWay = !joins && flow.optional && leavesOutOptional();
  const inFlight = givesWay ? undefined : joins && underWay ? underWay : startFlight(call, key, flow, scope, false);
  try {
    if (inFlight === undefined) throw leftOut();
    const { value, entry: stored } = await inFlight.flight.join(flow.cancellation);
    if (stored) noteRead(reads, stored);
    else reads.storable = false;
    note(
      call,
      flow,
      joins ? 'coalesced' : call.policy && isCacheable(call.policy) ? 'miss' : 'uncached',
      now,
      'ok',
      inFlight.wire,
      undefined,
      inFlight.sample,
    );
    bring(flow, { call, key, value });
    return value;
  } catch (thrown) {
    const failure = locate(toCallError(thrown), call);
    note(call, flow, joins ? 'coalesced' : 'miss', now, failure.reason, inFlight?.wire, undefined, inFlight?.sample);
    reads.storable = false;
    // A replica may lag behind: this 404 counts only briefly.
    if (mayLag(deps.tags, tags, now)) noteProvisional(reads, performance.now() + FRESH_AFTER_PURGE);
    if (!entry || !mayServeStale(failure, need) || !isUsableOnError(call, flow, entry, now)) {
      bring(flow, { call, key, failure });
      throw failure;
    }
    noteTags(reads, entry.tags);
    const name = nameOf(call, flow);
    const since = new Date(entry.storedOn).toISOString();
    const reported = flow.statuses[name];
    // Of many calls in one section the oldest value counts.
    if (reported?.since === undefined || reported.since > since) {
      flow.statuses[name] = { state: 'stale', reason: sectionReason(failure), since };
    }
    return serve(call, key, flow, entry, 'spare', now);
  }
}

/** Under overload, optional calls are not made. */
function leftOut(): CallError {
  load().leftOut++;
  return callError('busy', 'left out, since this process has too much to do');
}

/** The scope under which a call may be made, or an `internal` error: the last guard if all types were bypassed. */
function permit(call: Call, flow: Flow): Scope {
  if (call.privacy === 'public') return PUBLIC;
  flow.reads.storable = false;
  if (flow.audience === 'public') throw callError('internal', `${call.label} is private, the operation public`);
  if (flow.principal.kind === 'anonymous') {
    throw callError('denied', 'no user is signed in', { credential: 'user', status: 401 });
  }
  const scope = scopeOf(flow.principal);
  if (call.credential === 'user' && credentialOf(flow.principal) === undefined) {
    throw callError('denied', 'the principal has no credential of its own', { credential: 'user', status: 401 });
  }
  if (call.owner !== undefined && call.owner !== scope) {
    throw callError('internal', `${call.label} carries an id of another principal`);
  }
  return scope;
}

function serve(call: Call, key: string, flow: Flow, entry: Entry, cache: CallSource, now: number): unknown {
  note(call, flow, cache, now, entry.missing ? 'not-found' : 'ok', undefined, entry);
  const { value } = entry;
  const failure = entry.missing ? locate(callError('not-found', 'remembered as missing'), call) : undefined;
  bring(flow, { call, key, value, ...(failure && { failure }) });
  if (failure) throw failure;
  return value;
}

function bring(flow: Flow, brought: Omit<Brought, 'optional'>): void {
  flow.brought.push({ ...brought, optional: flow.optional });
}

function replay({ failure, value }: Brought): unknown {
  if (failure) throw failure;
  return value;
}

/** Whether a flight may be joined: not if it was abandoned, nor if it began before a purge of what it fetches. */
function canJoin(call: Call, { deps }: Flow, scope: Scope, inFlight: InFlightCall | undefined): boolean {
  if (inFlight === undefined || inFlight.flight.abandoned) return false;
  const { sequence } = inFlight.flight;
  if (sequence === deps.tags.sequence) return true;
  // Without tags, a write may have changed it.
  if (call.policy === undefined) return false;
  // Tags that are read off the value may have been purged as well; they are not known yet.
  if (fixedTags(call.policy).length < call.policy.tagging.length) return false;
  return !isPurged(deps.tags, callTags(call, scope), sequence);
}

/** The tags of a call that are fixed before its value is there. */
function callTags({ policy, upstream }: Call, scope: Scope): readonly string[] {
  return policy === undefined ? [] : [...withPrivateTags(fixedTags(policy), scope), upstreamTag(upstream.name)];
}

/** Private values can be made old for all owners, or for one owner alone. */
function withPrivateTags(tags: readonly string[], scope: Scope): readonly string[] {
  return scope === PUBLIC ? tags : [...tags, ...tags.map((tag) => privateTag(scope, tag))];
}

function startFlight(call: Call, key: string, flow: Flow, scope: Scope, isRefresh: boolean): InFlightCall {
  const { deps, lane } = flow;
  const began = performance.now();
  const timeout = call.upstream.timeout * deps.deadlineScale;
  const wire = newWire(timeout, began, flow.requestId);
  const sample = sampleFor(call, flow);
  const { sequence } = deps.tags;
  const flight = new Flight<CallResult>(sequence, timeout, isRefresh, async (cancellation) => {
    const context = await contextFor(call, flow, { wire, sample }, deadlineIn(timeout, began), cancellation);
    try {
      const { value, size } = await fetchCall(call, context);
      // Shared by all who wait for it, cached or not: it must not change under them.
      deepFreeze(value);
      return { value, entry: storeValue(call, key, flow, scope, { value, sequence, began }, size, sample?.answer) };
    } catch (thrown) {
      if (isCallError(thrown) && thrown.reason === 'not-found') storeMissing(call, key, flow, scope, sequence, began);
      throw thrown;
    }
  });
  const inFlight = { flight, wire, sample };
  lane.flights.set(key, inFlight);
  const forget = () => {
    if (lane.flights.get(key) === inFlight) lane.flights.delete(key);
  };
  flight.result.then(forget, forget);
  return inFlight;
}

/** Fetches again behind the back of a value that is still served. */
function refresh(call: Call, key: string, flow: Flow, scope: Scope): void {
  const { flight } = startFlight(call, key, flow, scope, true);
  flow.deps.defer(flight.result.catch(() => undefined));
}

/** A write is a flight that is neither shared nor aborted: once it is sent, its outcome matters. */
async function write(call: Call, flow: Flow, now: number): Promise<unknown> {
  flow.reads.storable = false;
  const timeout = call.upstream.timeout * flow.deps.deadlineScale;
  const wire = newWire(timeout, now, flow.requestId);
  const sample = sampleFor(call, flow);
  const flight = new Flight(flow.deps.tags.sequence, timeout, true, async (cancellation) =>
    fetchCall(call, await contextFor(call, flow, { wire, sample }, deadlineIn(timeout, now), cancellation)),
  );
  try {
    flow.written.add(call);
    const { value } = await flight.join(flow.cancellation);
    note(call, flow, 'uncached', now, 'ok', wire, undefined, sample);
    return value;
  } catch (thrown) {
    const failure = locate(toCallError(thrown), call);
    note(call, flow, 'uncached', now, failure.reason, wire, undefined, sample);
    if (mayHaveHappened(failure, wire)) failure.unsettled = true;
    else flow.written.delete(call);
    throw failure;
  }
}

/**
 * A request that was sent may have been carried out, unless its upstream denies it: with 4xx, or by refusing the
 * connection.
 */
function mayHaveHappened({ unsent, status, reason }: CallError, wire: WireTrace): boolean {
  if (wire.attempts === 0 || unsent) return false;
  return reason === 'contract' || status === undefined || status >= 500;
}

/** What is recorded of the answer where requests are captured: values only if they are public. */
function sampleFor({ privacy, policy }: Call, { deps, audience, principal }: Flow): Sample | undefined {
  if (!deps.captures) return undefined;
  const shared = privacy === 'public' && policy !== undefined;
  const isAnonymous = privacy === 'public' && (audience === 'public' || principal.kind === 'anonymous');
  return { mask: shared || isAnonymous ? 'named' : 'values', answer: undefined };
}

function contextFor(
  call: Call,
  flow: Flow,
  recorded: Pick<CallContext, 'wire' | 'sample'>,
  deadline: number,
  cancellation: CallContext['cancellation'],
): CallContext | Promise<CallContext> {
  const headers = ['x-request-id', flow.requestId];
  const laneHeader = flow.deps.laneHeader(flow.lane, call.upstream.name);
  if (laneHeader !== undefined) headers.push('x-scenario', laneHeader);
  const exchange = flow.deps.exchange(call.upstream, flow.lane);
  const { lane, traceId, deps } = flow;
  const { deadlineScale } = deps;
  const whose = scopeOf(flow.principal);
  const context = { exchange, lane, whose, headers, traceId, deadline, deadlineScale, cancellation, ...recorded };
  const credential = call.credential === 'user' ? credentialOf(flow.principal) : undefined;
  if (credential === undefined) return context;
  return credential().then((token) => {
    const withToken = (one: string) => [...headers, 'authorization', `Bearer ${one}`];
    let last = token;
    const renewed = async () => {
      const other = await credential(last);
      if (other === last) return undefined;
      last = other;
      return withToken(other);
    };
    return { ...context, headers: withToken(token), renewed };
  });
}

/** Stores the value, unless it was purged on its way. Its readers note the entry either way. */
function storeValue(
  call: Call,
  key: string,
  { lane, deps }: Flow,
  scope: Scope,
  fetched: { value: unknown; sequence: number; began: number },
  size: number,
  answer: string | undefined,
): Entry | undefined {
  if (call.policy === undefined) return undefined;
  const tagged = withPrivateTags(tagsOf(call.policy as never, fetched.value as never), scope);
  const tags = [...tagged, upstreamTag(call.upstream.name)];
  const made = entryOf(call.policy as never, fetched, deps.tags, performance.now(), Math.random(), tags);
  const entry = answer === undefined ? made : { ...made, answer };
  if (isCacheable(call.policy) && !isPurged(deps.tags, entry.tags, entry.sequence))
    storeEntry(lane.calls, key, entry, size + (answer?.length ?? 0));
  return entry;
}

function storeMissing(
  call: Call,
  key: string,
  { lane, deps }: Flow,
  scope: Scope,
  sequence: number,
  began: number,
): void {
  if (call.policy === undefined || !isCacheable(call.policy)) return;
  const tags = callTags(call, scope);
  const fetched = { value: undefined, sequence, began };
  const entry = missingEntry(call.policy, tags, fetched, deps.tags, performance.now(), Math.random());
  if (!isPurged(deps.tags, tags, sequence)) storeEntry(lane.calls, key, entry, 0);
}

/** Whether a value may stand in for a call that began then and has failed by now. An override counts as it is now. */
function isUsableOnError(call: Call, { lane, deps, principal }: Flow, entry: Entry, began: number): boolean {
  const beyond = beyondFresh(lane.overrides, call.upstream.name);
  return stateOf(entry, deps.tags, began, scopeOf(principal), beyond) === 'stale-if-error';
}

const COVERED: ReadonlySet<CallErrorReason> = new Set(['timeout', 'unavailable', 'open', 'overloaded', 'busy']);

/** A failure that an old value may cover. Drift of what is optional has its fallback instead. */
function mayServeStale({ reason }: CallError, need: Need): boolean {
  if (reason === 'contract') return need !== 'optional';
  return COVERED.has(reason);
}

function locate(failure: CallError, call: Call): CallError {
  const details = call.credential === undefined ? {} : { credential: call.credential };
  return callError(failure.reason, failure.message, {
    ...failure,
    upstream: call.upstream.name,
    cause: failure,
    ...details,
  });
}
