import type { Operation } from '#kernel/contract/operation.ts';
import budgets from '#operations/recorded/budgets.json' with { type: 'json' };

/** Bytes that an answer may have, of its JSON and of that under gzip. */
export interface Budget {
  readonly json: number;
  readonly gzip: number;
}

const all: Readonly<Record<string, Budget>> = budgets;

/** The budgets of an operation by the kind of client that they are for: `a customer`, `an old app`. */
export function budgetsOf({ contract: { route } }: Operation): ReadonlyMap<string, Budget> {
  const entries = Object.entries(all).filter(([name]) => name.startsWith(`${route} for `));
  return new Map(entries.map(([name, budget]) => [name.slice(`${route} for `.length), budget]));
}
