import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { purgeReader, purgeStep } from '#kernel/cache/purge-log.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { findHit } from '#kernel/http/read/hit.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream as client } from '#kernel/upstream/calls/upstream-client.ts';
import { openPostgresState } from '#services/state/postgres/postgres.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { startCutter } from '#tests/support/cutter.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { settingsFor, sharedPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { json, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const TRUSTED_FOR = 4_000;
const http = client('shop', { timeout: 1_000, attempts: 1, parallel: 8 });
const Price = z.object({ price: z.int() });
const price = operation(
  {
    id: 'getPrice',
    route: 'GET /api/prices/{id}',
    summary: '',
    audience: 'public',
    input: z.object({ id: z.string() }),
    example: { id: '1' },
    deadline: 2_000,
    output: z.object({ it: Price }),
  },
  ({ id }, { all }) =>
    all({ it: required(http.get(path`prices/${id}`, Price, cache.for('60s').tagged('prices'))) }, (view) => view),
);

let upstream: TestUpstream;
let shop: TestEngine;
let now: number;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  upstream = await startUpstream();
  now = 1;
  upstream.otherwise = (response) => json(response, { price: now });
  shop = startEngine({ shop: upstream.url }, [price]);
});
afterEach(async () => {
  vi.useRealTimers();
  await upstream.close();
});
const shown = async () => {
  const { status, json: body, sections } = await shop.ask('/api/prices/1');
  return [status, (body.it as { price: number } | undefined)?.price, sections.it?.state];
};
const hit = () => findHit(shop.engine, '/api/prices/1', {})?.status;

describe.skipIf(isSkipped('initdb'))(`an instance that is cut off from its Postgres${skipNote('initdb')}`, () => {
  test('serves nothing as new that another may have purged, and has it where the upstream fails', async () => {
    const url = await (await sharedPostgres()).database();
    const { port } = new URL(url);
    const line = await startCutter(Number(port));
    const near = openPostgresState(settingsFor(url.replace(port, new URL(line.url).port)));
    const other = openPostgresState(settingsFor(url));
    const read = purgeReader(near, shop.engine.deps.tags);
    // It has yet to read the log: what it has is not known to be new.
    expect([await shown(), hit()]).toEqual([[200, 1, undefined], undefined]);
    await read();
    expect([await shown(), hit()]).toEqual([[200, 1, undefined], 200]);

    const { ports } = line;
    line.ports = [];
    line.cutAll();
    now = 2;
    await other.commit([purgeStep(['prices'])]);
    await expect(read()).rejects.toMatchObject({ kind: 'state' });
    vi.advanceTimersByTime(TRUSTED_FOR - 1);
    expect([hit(), (await shown())[1]]).toEqual([200, 1]);
    vi.advanceTimersByTime(1);
    expect([hit(), await shown()]).toEqual([undefined, [200, 2, undefined]]);
    now = 3;
    expect([hit(), await shown()]).toEqual([undefined, [200, 3, undefined]]);
    upstream.otherwise = (response) => json(response, {}, 503);
    expect([hit(), await shown()]).toEqual([undefined, [200, 3, 'stale']]);
    upstream.otherwise = (response) => json(response, { price: now });

    line.ports = ports;
    const again = () => {
      // The pause before the next try.
      vi.advanceTimersByTime(1_000);
      return read().then(() => 'read', String);
    };
    await expect.poll(again).toBe('read');
    expect([await shown(), hit()]).toEqual([[200, 3, undefined], 200]);
    await Promise.all([near.close(), other.close()]);
    await line.close();
  });
});

test('with a file of its own a machine serves what it has, however long it has not read the log', async () => {
  const state = openSqliteState(join(tmpdir(), `tributary-${process.pid}`, `${randomUUID()}.db`));
  await purgeReader(state, shop.engine.deps.tags)();
  await shown();
  await state.close();
  vi.advanceTimersByTime(10 * TRUSTED_FOR);
  expect([hit(), await shown(), upstream.count()]).toEqual([200, [200, 1, undefined], 1]);
});
