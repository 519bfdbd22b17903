import { MAIN_LANE } from '#kernel/base/lane.ts';
import { laneState } from './state.ts';

/** The upstreams whose breaker is not closed, in the lane of ordinary traffic. */
export function openBreakers(): string[] {
  return [...laneState(MAIN_LANE).upstreams]
    .filter(([, { breaker }]) => breaker.state !== 'closed')
    .map(([name]) => name);
}
