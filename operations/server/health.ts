import { z } from 'zod';
import { mockedUpstreams, phase } from '#host/process/lifecycle.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { laneState } from '#kernel/upstream/lane/state.ts';
import { tierGuard } from '#kernel/upstream/resilience/guarded-tier.ts';
import { HealthView } from '#schemas/view/server/health.ts';
import { tokenFailures } from '#services/credentials/tokens.ts';

const common = {
  audience: 'public',
  input: z.object({}),
  example: {},
  output: HealthView,
  limit: false,
  probe: true,
  deadline: 500,
} as const;

export const getLiveness = operation(
  { ...common, id: 'getLiveness', route: 'GET /api/health/live', summary: 'Whether the process answers at all' },
  async () => ({ status: 'live', degraded: [], mocked: [] }),
);

/** Not ready only while starting and draining: an upstream that is down is no reason to take us out of service. */
export const getReadiness = operation(
  { ...common, id: 'getReadiness', route: 'GET /api/health/ready', summary: 'Whether to send traffic here' },
  async () => {
    const now = phase();
    if (now !== 'ready') refuse(now, `The server is ${now}.`);
    const withoutToken = tokenFailures().map(({ upstream }) => upstream);
    const degraded = [...new Set([...openBreakers(), ...withoutToken]), ...tierTrouble()];
    return { status: 'ready', degraded, mocked: mockedUpstreams() };
  },
);

/** The upstreams whose breaker is not closed, in the lane of ordinary traffic. */
function openBreakers(): string[] {
  return [...laneState(MAIN_LANE).upstreams]
    .filter(([, { breaker }]) => breaker.state !== 'closed')
    .map(([name]) => name);
}

/** Answers come without it, a little later: it is named, and no reason to send traffic elsewhere. */
function tierTrouble(): string[] {
  const { guard } = tierGuard();
  return guard === undefined || guard.isWell ? [] : ['cache-tier'];
}
