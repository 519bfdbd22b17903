import { type CallError, toCallError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { observe } from '#kernel/base/time/histogram.ts';
import { isLoopBusy } from '#kernel/base/time/loop-delay.ts';
import type { Window } from '#kernel/base/time/window.ts';
import type { AttemptTrace } from '#kernel/telemetry/trace.ts';
import { maxAttempts, type Upstream } from '#kernel/upstream/calls/call.ts';
import type { UpstreamState } from '#kernel/upstream/lane/state.ts';
import { deposit, mayRetry, pauseBefore, withdraw } from '#kernel/upstream/resilience/retry.ts';
import type { Exchange } from './call-context.ts';

/** Repeats a call whose failure may pass, within the budget and the deadline. */
export const retrying =
  (upstream: Upstream, { budget, attempts }: UpstreamState, next: Exchange): Exchange =>
  async (request, context) => {
    const { wire, cancellation, deadline } = context;
    const max = maxAttempts(upstream, request);
    for (let attempt = 1; ; attempt++) {
      wire.attempts = attempt;
      const sentAt = performance.now();
      if (attempt === 1) deposit(budget, sentAt);
      const attempted: AttemptTrace = { at: sentAt - wire.began, took: 0, outcome: '' };
      wire.tries.push(attempted);
      try {
        const decoded = await next(request, context);
        conclude(attempted, sentAt, String(wire.status));
        observe(attempts, attempted.took);
        return decoded;
      } catch (thrown) {
        const failure = toCallError(thrown);
        conclude(attempted, sentAt, failure.status === undefined ? failure.reason : String(failure.status));
        if (failure.reason !== 'aborted') observe(attempts, attempted.took);
        if (attempt >= max || cancellation.reason || !mayRetry(request, failure)) throw failure;
        const pause = pauseBefore(attempt, failure, Math.random());
        const now = performance.now();
        if (now + pause >= deadline || !affords(failure, budget, now)) throw failure;
        await sleep(pause, cancellation);
      }
    }
  };

function conclude(attempted: AttemptTrace, sentAt: number, outcome: string): void {
  attempted.took = performance.now() - sentAt;
  attempted.outcome = outcome;
}

/**
 * Time that this process lost itself is no failure of the upstream, and costs nothing of the budget; but while it is
 * busy, a retry would hurt.
 */
function affords({ reason }: CallError, budget: Window, now: number): boolean {
  return reason === 'busy' ? !isLoopBusy() : withdraw(budget, now);
}

function sleep(milliseconds: number, cancellation: Cancellation): Promise<void> {
  if (cancellation.reason) return Promise.reject(cancellation.reason);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stopListening();
      resolve();
    }, milliseconds);
    const stopListening = cancellation.onCancel((reason) => {
      clearTimeout(timer);
      reject(reason);
    });
  });
}
