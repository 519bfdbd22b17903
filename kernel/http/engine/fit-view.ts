import { setImmediate } from 'node:timers/promises';
import type { z } from 'zod';
import { callError, isCallError } from '#kernel/base/call-error.ts';
import { isRead } from '#kernel/contract/operation.ts';
import type { CallOutcome, Flow } from '#kernel/flow/flow.ts';
import { type Call, errorDetailsOf } from '#kernel/upstream/calls/call.ts';
import { noteUnfit } from '#kernel/upstream/lane/drift.ts';
import { upstreamState } from '#kernel/upstream/lane/state.ts';
import { countViolation } from '#kernel/upstream/lane/traffic.ts';
import type { Engine } from './engine.ts';
import { type Performed, runToEnd } from './perform.ts';
import { isForeseen } from './report.ts';
import type { RequestContext } from './request-context.ts';

/** The result of an operation, and the reply made from it. */
interface Fitted<T> {
  readonly performed: Performed;
  readonly made: T;
}

/** With this, an error about the view includes the value that did not fit. */
export const WITH_INPUT = { reportInput: true } as const;

type Make<T> = (performed: Performed) => T;

/** Maximum trials for one answer: enough to find one culprit among thousands, or a few among some. */
const MAX_TRIALS = 24;

/**
 * Builds the reply of a read. If that fails although every call matched its schema, the code runs again over the same
 * results without one call or another, until the culprit is found: that call is recorded as drift, and its section
 * degrades. No upstream is asked again, and an answer that works pays nothing. Throws what the client is to be told.
 */
export async function fitView<T>(
  engine: Engine,
  context: RequestContext,
  performed: Performed,
  make: Make<T>,
): Promise<Fitted<T>> {
  const first = tryMake(performed, make);
  if (first.ok) return { performed, made: first.made };
  const { thrown } = first;
  const { flow } = performed;
  if (!mayRunAgain(flow, context) || !mayBeCausedByResults(thrown, context)) throw thrown;
  const outcomes = [...flow.outcomes];
  const without = async (blamed: readonly string[]) => {
    const replay = replayOf(outcomes, new Set(blamed));
    const again = await runToEnd(engine, context, { ...flow, statuses: staleOf(flow), replay });
    return { again, result: tryMake(again, make) };
  };
  const passesWithout = async (blamed: readonly string[]) => (await without(blamed)).result.ok;

  const needed = new Set(outcomes.flatMap(({ key, optional }) => (optional ? [] : [key])));
  const optionalKeys = keysOf(outcomes).filter((key) => !needed.has(key));
  if (optionalKeys.length > 0 && (await passesWithout(optionalKeys))) {
    const blamed = await quickXplainWithin(MAX_TRIALS, optionalKeys, passesWithout);
    for (const key of blamed) evictCulprit(flow, outcomes, key, thrown);
    const { again, result } = await without(blamed);
    if (result.ok) {
      flow.dependencies.storable = false;
      return { performed: again, made: result.made };
    }
  }
  const [only, ...others] = keysOf(outcomes).filter((key) => needed.has(key));
  if (only === undefined || !isOfValues(thrown)) throw thrown;
  // With one value only, it may as well be a mistake of our code.
  engine.runtime.report(thrown, context.requestId);
  for (const key of [only, ...others]) flow.lane.calls.delete(key);
  if (others.length === 0) evictCulprit(flow, outcomes, only, thrown);
  throw unfitError((outcomes.find(({ key }) => key === only) as CallOutcome).call);
}

/** The fewest suspects that have to go, or all if it takes too many trials. Other requests are answered in between. */
async function quickXplainWithin(
  max: number,
  suspects: readonly string[],
  passesWithout: (left: readonly string[]) => Promise<boolean>,
): Promise<readonly string[]> {
  let trials = 0;
  const bounded = async (left: readonly string[]) => {
    if (++trials > max) throw TOO_MANY;
    await setImmediate();
    return passesWithout(left);
  };
  try {
    return await quickXplain(suspects, bounded);
  } catch (thrown) {
    if (thrown === TOO_MANY) return suspects;
    throw thrown;
  }
}

const TOO_MANY = new Error('too many trials');

/** Only code that has changed nothing may run twice. */
const mayRunAgain = ({ outcomes, written }: Flow, { operation }: RequestContext): boolean =>
  outcomes.length > 0 && written.size === 0 && isRead(operation);

type MakeResult<T> = { readonly ok: true; readonly made: T } | { readonly ok: false; readonly thrown: unknown };

function tryMake<T>(performed: Performed, make: Make<T>): MakeResult<T> {
  if (!performed.outcome.ok) return { ok: false, thrown: performed.outcome.thrown };
  try {
    return { ok: true, made: make(performed) };
  } catch (thrown) {
    return { ok: false, thrown };
  }
}

/** Whether one of the results may be the reason. A CallError without a cause states its reason itself. */
function mayBeCausedByResults(thrown: unknown, { operation }: RequestContext): boolean {
  return !isForeseen(thrown, operation.contract) && !isCallError(rootOf(thrown));
}

/** The first cause of a CallError that was passed on from section to section. */
const rootOf = (thrown: unknown): unknown =>
  isCallError(thrown) && thrown.cause !== undefined ? rootOf(thrown.cause) : thrown;

/** Whether values may have caused an error: not if the code has thrown it on purpose. */
const isOfValues = (thrown: unknown): boolean => {
  const { name } = (issuesOf(thrown) ?? thrown ?? {}) as { name?: string };
  return issuesOf(thrown) !== undefined || name === 'RangeError' || name === 'TypeError';
};

function issuesOf(thrown: unknown): readonly z.core.$ZodIssue[] | undefined {
  const error = (isCallError(thrown) ? thrown.cause : thrown) as { issues?: readonly z.core.$ZodIssue[] } | undefined;
  return error?.issues;
}

const keysOf = (outcomes: readonly CallOutcome[]): string[] => [...new Set(outcomes.map(({ key }) => key))];

/** The statuses of sections that were served old are carried over; the second run finds all others again. */
function staleOf({ statuses }: Flow): Flow['statuses'] {
  return Object.fromEntries(Object.entries(statuses).filter(([, { state }]) => state === 'stale'));
}

/** Removes the culprit's value from the cache, and notes in its upstream's ledger why. */
function evictCulprit({ lane }: Flow, outcomes: readonly CallOutcome[], key: string, thrown: unknown): void {
  const { call, value } = outcomes.find((one) => one.key === key) as CallOutcome;
  lane.calls.delete(key);
  countViolation(upstreamState(lane, call.upstream.name).traffic, performance.now());
  noteUnfit(lane.ledger, call.upstream.name, call.label, value, issuesOf(thrown) ?? thrown);
}

/** The same results without the culprits, whose calls count as failed, as with drift. */
function replayOf(outcomes: readonly CallOutcome[], blamed: ReadonlySet<string>): ReadonlyMap<string, CallOutcome> {
  return new Map(
    outcomes.map((one) => [one.key, blamed.has(one.key) ? { ...one, failure: unfitError(one.call) } : one] as const),
  );
}

/** The failure of a call whose value fits its schema but makes the view invalid. */
const unfitError = (call: Call) =>
  callError('contract', `${call.label} brought what can't be shown`, errorDetailsOf(call));

/**
 * The smallest set of `suspects` without which the check passes; it must pass without all of them. Takes some k·log n
 * trials (Junker's QuickXplain).
 */
async function quickXplain(
  suspects: readonly string[],
  passesWithout: (left: readonly string[]) => Promise<boolean>,
  also: readonly string[] = [],
): Promise<string[]> {
  if (also.length > 0 && (await passesWithout(also))) return [];
  if (suspects.length === 1) return [...suspects];
  const middle = Math.ceil(suspects.length / 2);
  const [first, second] = [suspects.slice(0, middle), suspects.slice(middle)];
  const inSecond = await quickXplain(second, passesWithout, [...also, ...first]);
  if (inSecond.length === 0 && also.length === 0) return quickXplain(first, passesWithout);
  const inFirst = await quickXplain(first, passesWithout, [...also, ...inSecond]);
  return [...inFirst, ...inSecond];
}
