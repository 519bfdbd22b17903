import { answerOutcome } from '#kernel/telemetry/answered.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';

/** How an operation fared among the recorded traces. Durations are milliseconds. */
export interface Figures {
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
  /** Answers in which nothing was missing, old or replaced. */
  readonly complete: number;
  readonly failed: number;
}

/**
 * The figures of each operation with requests, by its id. Streams are left out: they say nothing of how long an answer
 * takes.
 */
export function figuresByOperation(traces: readonly RequestTrace[]): Map<string, Figures> {
  const grouped = Map.groupBy(
    traces.filter(({ method }) => method !== 'LIVE'),
    ({ operation }) => operation,
  );
  return new Map([...grouped].map(([operation, group]) => [operation, figuresOf(group)]));
}

function figuresOf(traces: readonly RequestTrace[]): Figures {
  const durations = traces.map(({ duration }) => duration).sort((a, b) => a - b);
  const rank = (share: number) => durations[Math.ceil(share * durations.length) - 1] ?? 0;
  const count = (...outcomes: string[]) => traces.filter((trace) => outcomes.includes(answerOutcome(trace))).length;
  const [complete, failed] = [count('whole', 'refused'), count('failed')];
  return { requests: traces.length, p50: rank(0.5), p95: rank(0.95), complete, failed };
}
