import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { answers, freePort, over, runScript, stop } from '#tests/support/host.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_OUT = ['.git', '.next', '.scratch', '.data', '.env', 'node_modules', 'tests', 'findings'];

/** What an installation without development dependencies has. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true }>;
  };
  return Object.keys(lock.packages).filter(
    (path) => path !== '' && !lock.packages[path]?.dev && existsSync(join(ROOT, path)),
  );
}

/** As hard links where the file system has them: it is most of a gigabyte. */
function copyPackage(path: string): void {
  if (existsSync(join(tree, path))) return;
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  try {
    execFileSync('cp', ['-al', join(ROOT, path), join(tree, path)], { stdio: 'ignore' });
  } catch {
    cpSync(join(ROOT, path), join(tree, path), { recursive: true, verbatimSymlinks: true });
  }
}

/** Copying and building take minutes on a machine that is busy with something else; milliseconds. */
const PATIENT = 15 * 60_000;

let tree: string;
let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
  tree = mkdtempSync(join(tmpdir(), 'tributary-serve-'));
  cpSync(ROOT, tree, { recursive: true, filter: (from) => !LEFT_OUT.includes(relative(ROOT, from)) });
  for (const path of productionPackages()) copyPackage(path);
  copyPackage('node_modules/.bin/node');
}, PATIENT);
afterAll(async () => {
  await mocks.close();
  rmSync(tree, { recursive: true, force: true });
});

const env = () => ({ NODE_ENV: 'production', DATA_DIR: join(tree, 'data'), WARM_UP: '0' });

test('without development dependencies, npm run build and npm run serve are enough', { timeout: PATIENT }, async () => {
  expect(existsSync(join(tree, 'node_modules', 'msw'))).toBe(false);

  const early = runScript('serve', { port: await freePort(), cwd: tree, env: { ...env(), ...over(mocks) } });
  expect([await early.ended, early.output()]).toEqual([1, expect.stringContaining('Run `npm run build` first.')]);

  const build = runScript('build', { port: 0, cwd: tree, env: { NODE_ENV: 'production' } });
  expect([await build.ended, build.output()]).toEqual([0, expect.stringContaining('done in')]);

  const noMocks = { ...env(), MOCKS_PORT: String(await freePort()) };
  const unmocked = runScript('serve', { port: await freePort(), cwd: tree, env: noMocks });
  expect([await unmocked.ended, unmocked.output()]).toEqual([1, expect.stringContaining('or run `npm ci`')]);

  const host = runScript('serve', { port: await freePort(), cwd: tree, env: { ...env(), ...over(mocks) } });
  await answers(host, '/api/health/ready');
  const texts = await Promise.all(
    ['/', '/api/home', '/docs', '/inspector'].map(async (path) => {
      const answer = await fetch(host.url + path);
      return [path, answer.status, await answer.text()] as const;
    }),
  );
  expect(texts.map(([path, status]) => [path, status])).toEqual(texts.map(([path]) => [path, 200]));
  // The package that draws the reference is not there: its plain list is.
  expect(texts[2]?.[2]).toContain('/api/home');
  expect(texts[2]?.[2]).not.toContain('<script');
  // npm ends by the signal; the server sees that it is gone, and ends in order.
  await stop(host);
  const answering = () =>
    fetch(host.url).then(
      () => true,
      () => false,
    );
  await expect.poll(answering).toBe(false);
});
