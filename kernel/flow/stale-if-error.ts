import type { CallError, CallErrorReason } from '#kernel/base/call-error.ts';
import { type Entry, stateOf } from '#kernel/cache/entry.ts';
import { scopeOf } from '#kernel/identity/principal.ts';
import { beyondFresh } from '#kernel/state/overrides.ts';
import type { ScopedCall } from './permit.ts';
import type { Need } from './section.ts';

const COVERED: ReadonlySet<CallErrorReason> = new Set(['timeout', 'unavailable', 'open', 'overloaded', 'busy']);

/** A failed call: how much its answer is needed, and when it began, monotonic. */
interface FailedCall {
  readonly failure: CallError;
  readonly need: Need;
  readonly began: number;
}

/**
 * Whether an old value may stand in for a failed call (RFC 5861 §4): if the failure may be covered, and the value is
 * within its policy's time or an override's, and the reader has not made it old. Its age is judged as of the call's
 * beginning, overrides as of now.
 */
export function mayStandIn(entry: Entry, { call, flow }: ScopedCall, { failure, need, began }: FailedCall): boolean {
  const { lane, deps, principal } = flow;
  if (!mayBeCovered(failure, need)) return false;
  const beyond = beyondFresh(lane.overrides, call.upstream.name);
  return stateOf(entry, deps.tags, began, scopeOf(principal), beyond) === 'stale-if-error';
}

/** On drift, optional sections use their fallback instead. A 401 or 403 for our own credential is our failure. */
function mayBeCovered({ reason, credential }: CallError, need: Need): boolean {
  if (reason === 'contract') return need !== 'optional';
  if (reason === 'denied') return credential !== 'user';
  return COVERED.has(reason);
}
