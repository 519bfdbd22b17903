import { type CallError, callError } from '#kernel/base/call-error.ts';
import { hasPath } from '#kernel/base/json/json-value.ts';
import type { Condition } from '#kernel/cache/entry.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { noteFlaw, noteIssues } from '#kernel/upstream/lane/drift.ts';
import { upstreamState } from '#kernel/upstream/lane/state.ts';
import { countViolation } from '#kernel/upstream/lane/traffic.ts';
import { noteUnknown } from '#kernel/upstream/lane/unknown-members.ts';
import type { CallContext } from './call-context.ts';
import type { Decoded } from './decode.ts';
import { failureAt } from './graphql-answer.ts';

/** A value as its schema left it, and the JSON bytes that it came from. */
export interface FetchedValue {
  readonly value: unknown;
  readonly size: number;
  /** The condition under which its upstream is asked whether it is still current. */
  readonly condition?: Condition | undefined;
  /** Set if the upstream could not give all of it, and why. */
  readonly partial?: CallError | undefined;
}

/**
 * Validates an answer against its schema; violations and unknown members go into the drift ledger. Where the value is
 * not needed, one that does not fit is left out.
 */
export function validateAnswer(
  { schema, label, upstream: { name: upstream }, request }: Call,
  { json, flaws, failures }: Pick<Decoded, 'json' | 'flaws' | 'failures'>,
  { lane, wire }: Pick<CallContext, 'lane' | 'wire'>,
): unknown {
  const isNeeded = !('single' in request) || request.single.answer !== 'optional';
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    // What lacks because the upstream says why is no drift.
    const failure = failures && issue && failureAt(failures, issue.path);
    if (failure) throw failure;
    countViolation(upstreamState(lane, upstream).traffic, performance.now());
    wire.violations = noteIssues(lane.ledger, upstream, label, parsed.error.issues, json);
    if (!isNeeded) return undefined;
    throw callError('contract', `${label} no longer fits its schema`, { upstream, cause: parsed.error });
  }
  for (const { path, message } of flaws) {
    const violation = noteFlaw(lane.ledger, upstream, label, path, message);
    if (!hasPath(parsed.data, path)) continue;
    countViolation(upstreamState(lane, upstream).traffic, performance.now());
    wire.violations = [violation];
    if (!isNeeded) return undefined;
    throw callError('contract', `${label} ${message} at ${violation.path}`, { upstream });
  }
  noteUnknown(lane.ledger, upstream, label, json, parsed.data);
  return parsed.data;
}
