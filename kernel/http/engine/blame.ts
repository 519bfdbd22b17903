import { callError } from '#kernel/base/call-error.ts';
import type { CallOutcome } from '#kernel/flow/flow.ts';
import { type Call, originOf } from '#kernel/upstream/calls/call.ts';

/** The same results without the culprits, whose calls count as failed, as with drift. */
export function replayOf(
  outcomes: readonly CallOutcome[],
  blamed: ReadonlySet<string>,
): ReadonlyMap<string, CallOutcome> {
  return new Map(
    outcomes.map((one) => [one.key, blamed.has(one.key) ? { ...one, failure: unfit(one.call) } : one] as const),
  );
}

/** The failure of a call whose value fits its schema but makes the view invalid. */
export const unfit = (call: Call) => callError('contract', `${call.label} brought what can't be shown`, originOf(call));

/**
 * The smallest set of `suspects` without which the check passes; it must pass without all of them. Takes some k·log n
 * trials (Junker's QuickXplain).
 */
export async function fewest(
  suspects: readonly string[],
  passesWithout: (left: readonly string[]) => Promise<boolean>,
  also: readonly string[] = [],
): Promise<string[]> {
  if (also.length > 0 && (await passesWithout(also))) return [];
  if (suspects.length === 1) return [...suspects];
  const middle = Math.ceil(suspects.length / 2);
  const [first, second] = [suspects.slice(0, middle), suspects.slice(middle)];
  const inSecond = await fewest(second, passesWithout, [...also, ...first]);
  if (inSecond.length === 0 && also.length === 0) return fewest(first, passesWithout);
  const inFirst = await fewest(first, passesWithout, [...also, ...inSecond]);
  return [...inFirst, ...inSecond];
}
