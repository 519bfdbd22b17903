import { isCallError } from '#kernel/base/call-error.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import { isRefusal } from '#kernel/contract/problem.ts';
import { type ProblemDetails, problemOf } from '#kernel/http/problem/failure.ts';
import { PROBLEMS } from '#kernel/http/problem/problems.ts';
import { isStateError } from '#kernel/state/state.ts';
import type { Engine } from './engine.ts';

/** The problem for a thrown error. An unforeseen error is reported to the log, and the client learns nothing of it. */
export function reportProblem(engine: Engine, thrown: unknown, requestId: string, contract?: Contract): ProblemDetails {
  if (!isForeseen(thrown, contract)) engine.runtime.report(thrown, requestId);
  return problemOf(thrown);
}

/** Errors of upstreams, and refusals with a declared problem. An undeclared refusal is a mistake of ours. */
export function isForeseen(thrown: unknown, contract: Contract | undefined): boolean {
  if (isRefusal(thrown)) return thrown.slug in PROBLEMS || thrown.slug in (contract?.problems ?? {});
  return isStateError(thrown) || (isCallError(thrown) && thrown.reason !== 'internal');
}
