import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { State } from '#kernel/state/state.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { accept } from '#services/webhooks/inbox/inbox.ts';
import { counts } from '#services/webhooks/inbox/inbox-views.ts';
import { tailEvents } from '#tests/support/event-tail.ts';
import { TOGGLE } from '#tests/support/full-disk.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { until } from '#tests/support/until.ts';
import { signEvent } from '#tests/support/upstream-event.ts';

const FULL_DISK = pathToFileURL(join(import.meta.dirname, '..', 'support', 'full-disk.ts')).href;
const MOST = 2_000;

let mocks: MockServer;
let host: Awaited<ReturnType<typeof runHost>>;
let state: State;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
  host = await runHost('lean', { ...over(mocks), NODE_OPTIONS: `--import=${FULL_DISK}` });
  state = openSqliteState(join(host.dataDir, 'state.db'));
});
afterAll(async () => {
  await state?.close();
  if (host) await stop(host);
  await mocks?.close();
});

async function tell({ url }: Running, id: string) {
  const { headers, body } = signEvent(id, { type: 'inventory.level.changed', object: { id, version: 1 } });
  const answer = await fetch(`${url}/api/webhooks/upstream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const { status } = answer;
  return { id, status, retry: answer.headers.get('retry-after'), json: await answer.json() };
}

test('a full disk refuses what it can’t keep, and loses nothing of what it has taken', async () => {
  const taken: string[] = [];
  const refused: Awaited<ReturnType<typeof tell>>[] = [];
  const send = async (id: string) => {
    const told = await tell(host, id);
    if (told.status === 200) taken.push(id);
    else refused.push(told);
  };
  await send('before');
  host.child.kill(TOGGLE);
  // What is free within the file is taken first.
  for (let n = 0; n < MOST && refused.length < 20; n++) await send(`full-${n}-${'x'.repeat(200)}`);
  expect(refused.length).toBe(20);
  for (const { status, retry, json } of refused)
    expect([status, retry, json.code]).toEqual([503, '1', 'state-unavailable']);
  expect((await fetch(`${host.url}/api/products/p-000042`)).status).toBe(200);
  // Taken in by another process, which has room: their effects have none here.
  const inbox = { state, now: Date.now };
  for (let n = 0; n < 50; n++) {
    const id = `elsewhere-${n}`;
    const type = 'inventory.level.changed';
    const { body } = signEvent(id, { type, object: { id, version: 1 } });
    await accept(inbox, { sender: 'upstream', id, type, body });
    taken.push(id);
  }
  await until('it says why', () => host.output().includes('database or disk is full'));

  host.child.kill(TOGGLE);
  // The signal takes effect a moment after it was sent.
  for (let n = 0; n < MOST && refused.length > 0; n++) await send(refused.shift()?.id ?? '');
  expect(refused).toEqual([]);
  const tail = tailEvents(state);
  try {
    await until('all have had their effect', () => tail.told.length >= taken.length);
  } finally {
    await tail.stop();
  }
  expect(tail.told.map(({ data }) => data.id).sort()).toEqual([...taken].sort());
  expect(await counts(inbox)).toEqual({ waiting: 0, parked: 0 });
});
