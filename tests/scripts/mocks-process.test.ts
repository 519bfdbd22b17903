import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startMocks } from '../../scripts/mocks-process.ts';
import { isFree } from '../../scripts/ports.ts';
import { freePort } from '../support/host.ts';

const PARENT = `
  import { startMocks } from './scripts/mocks-process.ts';
  await startMocks({ port: Number(process.argv[1]), publicUrl: 'http://localhost:1' });
  process.stdout.write('up');
  setInterval(() => {}, 1000);
`;

const untilFree = (port: number) => expect.poll(() => isFree(port, '127.0.0.1')).toBe(true);

test('the mocks answer once they are started, and are gone once they are stopped', async () => {
  const port = await freePort();
  const mocks = await startMocks({ port, publicUrl: 'http://localhost:1' });
  onTestFinished(() => mocks.stop());
  expect((await fetch(`http://127.0.0.1:${port}/catalog/products/p-000042`)).status).toBe(200);
  const shared = await startMocks({ port, publicUrl: 'http://localhost:1' });
  await shared.stop();
  expect(await isFree(port, '127.0.0.1')).toBe(false);
  await mocks.stop();
  expect(await isFree(port, '127.0.0.1')).toBe(true);
});

test('mocks of another process that ends are replaced by our own, however many have used them', async () => {
  const port = await freePort();
  const others = await startMocks({ port, publicUrl: 'http://localhost:1' });
  const told: boolean[][] = [[], []];
  const users = await Promise.all(
    told.map((all) => startMocks({ port, publicUrl: 'http://localhost:1', onAway: (away) => all.push(away) })),
  );
  onTestFinished(async () => void (await Promise.all(users.map((mocks) => mocks.stop()))));
  await others.stop();
  await expect
    .poll(() => told)
    .toEqual([
      [true, false],
      [true, false],
    ]);
  expect((await fetch(`http://127.0.0.1:${port}/catalog/products/p-000042`)).status).toBe(200);
  // One of the two has started them, and the other goes on with its own once that one ends.
  await users[0]?.stop();
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${port}/__health`).catch(() => undefined))?.status)
    .toBe(200);
  await users[1]?.stop();
  await untilFree(port);
});

test('a port of another program is said plainly', async () => {
  const port = await freePort();
  const other = createServer((_, response) => response.end('ok'));
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  await expect(startMocks({ port, publicUrl: 'http://localhost:1' })).rejects.toThrow(
    `Port ${port} is taken by another program. Set MOCKS_PORT`,
  );
});

test('no mocks are left behind by a parent that is killed', async () => {
  const port = await freePort();
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '--eval', PARENT, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  await new Promise((resolve) => parent.stdout.once('data', resolve));
  expect(await isFree(port, '127.0.0.1')).toBe(false);
  parent.kill('SIGKILL');
  await untilFree(port);
});
