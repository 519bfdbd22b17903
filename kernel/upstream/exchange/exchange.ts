import { type CallError, toCallError } from '#kernel/base/call-error.ts';
import { lostTime } from '#kernel/base/time/loop-delay.ts';
import type { Upstream } from '#kernel/upstream/calls/call.ts';
import { type LaneState, upstreamState } from '#kernel/upstream/lane/state.ts';
import { attempt } from './attempt.ts';
import type { CallContext, Exchange } from './call-context.ts';
import { breaker, bulkhead, measure, override, type StagedCall } from './call-stages.ts';
import type { Client } from './client.ts';
import { retrying } from './retrying.ts';

/** What a call goes through on its way to an upstream, the outermost first; then it is sent, with retries. */
const STAGES = [override, measure, bulkhead, breaker];

/** The way to one upstream in one lane, composed once. */
export function createExchange(upstream: Upstream, lane: LaneState, client: Client): Exchange {
  const options = { upstream, lane, state: upstreamState(lane, upstream.name) };
  const stages = STAGES.map((make) => make(options));
  const send = retrying(options, attempt(upstream, client));
  return async (request, context) => {
    const call = staged(context);
    let entered = 0;
    let failure: CallError | undefined;
    try {
      for (; entered < stages.length; entered++) {
        const waiting = stages[entered]?.enter?.(call);
        if (waiting) await waiting;
      }
      return await send(request, context);
    } catch (thrown) {
      failure = toCallError(thrown);
      throw thrown;
    } finally {
      const now = performance.now();
      const end = { now, lost: lostTime(now), failure };
      while (entered > 0) stages[--entered]?.leave?.(call, end);
    }
  };
}

function staged(context: CallContext): StagedCall {
  const began = performance.now();
  const lostBefore = lostTime(began);
  return { context, began, lostBefore, enteredAt: began, lostAtEntry: lostBefore, epoch: 0 };
}
