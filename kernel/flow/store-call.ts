import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { type Entry, entryOf, missingEntry, type StoreMoment, storeEntry } from '#kernel/cache/entry.ts';
import { fixedTags, isCacheable, tagsOf } from '#kernel/cache/policy.ts';
import { isPurged, privateTag, upstreamTag } from '#kernel/cache/tags.ts';
import { type UpstreamFreshness, upstreamFreshness } from '#kernel/cache/upstream-freshness.ts';
import { answerTo } from '#kernel/telemetry/captures.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import type { CallContext, Revalidation } from '#kernel/upstream/exchange/call-context.ts';
import type { FetchedValue } from '#kernel/upstream/exchange/validate-answer.ts';
import { noteDrift } from '#kernel/upstream/lane/drift.ts';
import type { LaneState } from '#kernel/upstream/lane/state.ts';
import type { ScopedCall } from './permit.ts';

/** When a fetch began, by the purge counter and by the monotonic clock, and what came with its value. */
export interface FetchMoment extends Pick<CallContext, 'head' | 'wire'> {
  readonly sequence: number;
  readonly began: number;
}

/** The tags of a call that are known before its value is. */
export function callTags({ call: { policy, upstream }, scope }: ScopedCall): readonly string[] {
  return policy === undefined ? [] : [...withPrivateTags(fixedTags(policy), scope), upstreamTag(upstream.name)];
}

export function allTags({ call: { policy, upstream }, scope }: ScopedCall, value: unknown): readonly string[] {
  const tags = policy === undefined ? [] : tagsOf(policy as never, value as never);
  return [...withPrivateTags(tags, scope), upstreamTag(upstream.name)];
}

/** Private values can be made old for all owners, or for one owner alone. */
function withPrivateTags(tags: readonly string[], scope: Scope): readonly string[] {
  return scope === PUBLIC ? tags : [...tags, ...tags.map((tag) => privateTag(scope, tag))];
}

/** Stores the value, unless it was purged while it was fetched; its readers note the entry either way. */
export function storeValue(
  scoped: ScopedCall,
  { value, size, condition }: FetchedValue,
  moment: FetchMoment,
): Entry | undefined {
  const { policy } = scoped.call;
  if (policy === undefined) return undefined;
  const { sequence, began, wire } = moment;
  const answer = answerTo(wire);
  return store(scoped, moment, size + (answer?.length ?? 0), (now) => {
    const made = entryOf(policy as never, { value, sequence, began } as never, now, allTags(scoped, value));
    return condition === undefined && answer === undefined
      ? made
      : { ...made, ...revalidationFields(condition, size, answer) };
  });
}

/** Remembers a 404 for a while. */
export function storeMissing(scoped: ScopedCall, moment: FetchMoment): Entry | undefined {
  const { policy } = scoped.call;
  if (policy === undefined || !isCacheable(policy)) return undefined;
  const { sequence, began } = moment;
  return store(scoped, moment, 0, (now) =>
    missingEntry(policy, callTags(scoped), { value: undefined, sequence, began }, now),
  );
}

/** If the upstream forbids storing its answer, what is cached of it goes as well. */
function store(
  { call, flow: { lane, deps }, key }: ScopedCall,
  moment: FetchMoment,
  size: number,
  make: (now: StoreMoment) => Entry,
): Entry | undefined {
  const bound = boundOf(call, lane, moment);
  if (bound?.refusal !== undefined) {
    lane.calls.delete(key);
    return undefined;
  }
  const entry = make({ table: deps.tags, now: performance.now(), random: Math.random(), bound });
  const isStored =
    call.policy !== undefined && isCacheable(call.policy) && !isPurged(deps.tags, entry.tags, entry.sequence);
  if (isStored) storeEntry(lane.calls, key, entry, size);
  return entry;
}

/** The fields of an entry that say where its value came from. */
const revalidationFields = (condition: FetchedValue['condition'], size: number, answer: string | undefined) => ({
  ...(condition && { origin: { condition, size } }),
  ...(answer !== undefined && { answer }),
});

/** The cached value of a read, if its upstream can be asked whether it is still current. */
export function revalidationOf({ request }: Call, entry: Entry | undefined): Revalidation | undefined {
  if (entry?.origin === undefined || !('single' in request) || request.single.method !== 'GET') return undefined;
  const { value, origin, answer } = entry;
  return { value, ...origin, answer };
}

/** How long the upstream lets its answer be used, if the policy heeds that. A ban on storing goes into the ledger. */
function boundOf(
  { policy, privacy, label, upstream: { name: upstream } }: Call,
  { ledger }: LaneState,
  { began, head: { fields }, wire }: FetchMoment,
): UpstreamFreshness | undefined {
  if (!policy?.bounded || fields === undefined) return undefined;
  const received = { began, now: performance.now(), wall: Date.now() };
  const bound = upstreamFreshness(fields, privacy === 'private', received);
  if (bound.refusal !== undefined) {
    wire.unstored = bound.refusal;
    const path = bound.refusal === 'vary' ? 'Vary' : 'Cache-Control';
    noteDrift(ledger, { upstream, call: label, path, expected: 'what may be stored', actual: bound.refusal });
  }
  return bound;
}
