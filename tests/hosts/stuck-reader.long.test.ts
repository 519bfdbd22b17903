import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventEntry } from '#kernel/realtime/event-entry.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { topics } from '#services/topics.ts';
import { over, runHost } from '#tests/support/host.ts';
import { pause } from '#tests/support/until.ts';
import { bytesOf } from './wire.ts';

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

describe.concurrent.each(['lean', 'next'] as const)('a %s host that is asked to stop', (kind) => {
  test('is held up by no client that reads nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stuck-'));
    const host = await runHost(kind, { ...over(mocks), DATA_DIR: folder, DRAIN_PATIENCE: '400' });
    const state = openSqliteState(join(folder, 'state.db'));
    const socket = connect(host.port, '127.0.0.1').on('error', () => {});
    socket.write(bytesOf('GET', '/api/events?topics=promotions', ['Host: x']));
    await new Promise((resolve) => socket.once('readable', resolve));
    // More than the buffers of both kernels take.
    const step = { do: 'append', ...eventEntry(topics.promotions, 'changed', 'x'.repeat(15_000)) } as const;
    for (let n = 0; n < 15; n++) await state.commit(Array.from({ length: 100 }, () => step));
    await pause(1_000);
    host.child.kill('SIGTERM');
    const code = await host.ended;
    // Next ends by the signal, once its own patience is over.
    if (kind === 'lean') expect([code, host.output()]).toEqual([0, expect.not.stringContaining('Not all of this')]);
    socket.destroy();
    await state.close();
    rmSync(folder, { recursive: true });
  });
});
