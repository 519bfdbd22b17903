import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { OpsStatus } from '#schemas/view/server/ops-status.ts';
import { adviceOn } from '../../scripts/doctor/advice.ts';

const upstream = { name: 'cart', breaker: { since: null, probeIn: null } };
const harmed = (answers: number) =>
  ({
    upstreams: [{ ...upstream, harm: [{ operation: 'getCart', section: '', how: 'failed', answers }] }],
  }) as unknown as OpsStatus;

test.each([
  [1, '1 webhook is parked: nothing that was told there is known here.'],
  [2, '2 webhooks are parked: nothing that was told there is known here.'],
])('%i parked webhooks are told in a whole sentence', (value, says) => {
  expect(adviceOn({ alert: 'InboxParked', about: 'inbox', value, limit: 0 }, harmed(1)).says).toBe(says);
});

test.each([
  [1, 'cart is cut off. Of late 1 answer of getCart suffered all.'],
  [2, 'cart is cut off. Of late 2 answers of getCart suffered all.'],
])('so are %i answers that suffered', (answers, says) => {
  expect(adviceOn({ alert: 'UpstreamDown', about: 'cart', value: 1, limit: 0 }, harmed(answers)).says).toBe(says);
});

test('where nothing is live and no server runs, the doctor says whom it has asked, why, and what to do', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  // Where no .env is.
  const options = { cwd: tmpdir(), env: { ...process.env, PUBLIC_URL: `http://localhost:${port}` } };
  const doctor = resolve('scripts/doctor.ts');
  const [code, said] = await new Promise<[unknown, string]>((done) => {
    execFile(process.execPath, [doctor], options, (error, _, told) => done([error?.code, told]));
  });
  expect([code, said.split('\n')]).toEqual([
    2,
    [
      `http://localhost:${port}/api/ops/status can't be asked: ECONNREFUSED.`,
      'No upstream has a URL here, so there is none to probe. The server of PUBLIC_URL was asked: start it, or name another with -- --url.',
      '',
    ],
  ]);
});
