import { expect, onTestFinished, test } from 'vitest';
import { freePort, run } from '#tests/support/host.ts';
import { isFree } from '../../scripts/ports.ts';

test('npm run dev opens itself to no network: --host is refused, with what to do instead', async () => {
  const [port, mocksPort] = [await freePort(), await freePort()];
  const dev = run(['scripts/dev.ts', '--host'], { port, env: { MOCKS_PORT: String(mocksPort) } });
  onTestFinished(() => void dev.child.kill());
  expect(await dev.ended).toBe(1);
  expect(dev.output()).toContain(
    `adb reverse tcp:${port} tcp:${port} && adb reverse tcp:${mocksPort} tcp:${mocksPort}`,
  );
  expect(dev.output()).toContain('http://localhost:');
  expect([await isFree(port, '127.0.0.1'), await isFree(mocksPort, '127.0.0.1')]).toEqual([true, true]);
});
