import type { Upstream } from '#kernel/upstream/calls/call.ts';
import { type LaneState, upstreamState } from '#kernel/upstream/lane/state.ts';
import { attempt } from './attempt.ts';
import type { Exchange } from './call-context.ts';
import { breaker, bulkhead, type CallStage, measure, override, retry } from './call-stages.ts';
import type { Client } from './client.ts';

/** What a call goes through on its way to an upstream, the outermost first. `attempt` sends it. */
const STAGES: readonly CallStage[] = [override, measure, bulkhead, breaker, retry];

/** The way to one upstream in one lane, composed once. */
export function createExchange(upstream: Upstream, lane: LaneState, client: Client): Exchange {
  const options = { upstream, lane, state: upstreamState(lane, upstream.name) };
  return STAGES.reduceRight<Exchange>((next, stage) => stage(options, next), attempt(upstream, client));
}
