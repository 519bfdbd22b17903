import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { purgeReader } from '#kernel/cache/purge-log.ts';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import type { State } from '#kernel/state/state.ts';
import { type CallTrace, recentTraces } from '#kernel/telemetry/trace.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { MemoryTier } from '#tests/support/memory-tier.ts';
import { OPERATIONS } from '#tests/support/operations.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const http = upstream('shop', { timeout: 1_000, attempts: 1, parallel: 64 });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  deadline: 2_000,
} as const;
const Noted = z.object({ n: z.int(), note: z.string().optional() });

const get = <T>(id: string, schema: z.ZodType<T>, policy: ReturnType<typeof cache.for>) =>
  operation(
    { ...contract, id: `get${id}`, route: `GET /api/${id.toLowerCase()}/{id}`, output: z.object({ it: z.unknown() }) },
    ({ id: which }, { all }) =>
      all({ it: required(http.get(path`things/${which}`, schema, policy.tagged('things'))) }, (v) => v),
  );

const lasting = cache.for('60s');
const personal = (id: string, policy: ReturnType<typeof cache.for>) =>
  operation(
    {
      ...contract,
      id: `get${id}`,
      route: `GET /api/${id.toLowerCase()}/{id}`,
      audience: 'personal',
      output: z.object({ it: z.unknown() }),
    },
    ({ id: which }, { all }) =>
      all({ it: required(http.asUser.get(path`mine/${which}`, Noted, policy.tagged('mine'))) }, (v) => v),
  );

export const OPERATIONS_OF_TIER = [
  ...OPERATIONS,
  get('Dated', z.object({ n: z.int().transform((n) => new Date(n)) }), lasting),
  get('Noted', Noted, lasting),
  get('Spared', Noted, cache.for('30ms').staleOnError('60s')),
  personal('Mine', lasting),
  personal('Sealed', lasting.sharedSealed()),
];

export let upstreams: TestUpstream;
export let tier: MemoryTier;
export let state: State;
/** What the upstream answers, unless a test says otherwise. */
export const served = { n: 0 };

/** An upstream, a tier and a state, new for each test of the file that calls this. */
export function withTier(): void {
  beforeEach(async () => {
    upstreams = await startUpstream();
    served.n = 0;
    upstreams.otherwise = (response) => json(response, served);
    tier = new MemoryTier();
    state = openSqliteState(join(tmpdir(), `tributary-${process.pid}`, `${randomUUID()}.db`));
  });
  afterEach(async () => {
    await upstreams.close();
    await state.close();
  });
}

/** Another instance over the same state and tier, or over those that are given. */
export async function instance(more: Parameters<typeof startEngine>[2] = {}) {
  const shop = startEngine({ shop: upstreams.url }, OPERATIONS_OF_TIER, { state, tier, ...more });
  const read = purgeReader(more.state ?? state, shop.engine.deps.tags);
  await read();
  return { ...shop, read };
}

export const lastCall = (): CallTrace | undefined => recentTraces(1)[0]?.calls.at(-1);
export const stored = async (shop: TestEngine) => {
  await shop.settled();
  expect(tierFigures().writes.stored).toBeGreaterThan(0);
};
