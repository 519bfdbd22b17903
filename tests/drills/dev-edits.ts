import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productAt, productId } from '#mocks/seed/products.ts';
import type { Drill } from '#tests/support/drill.ts';
import { answers, freePort, type Running, run, runScript } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { pause } from '#tests/support/until.ts';
import { isFree } from '../../scripts/ports.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_OUT = ['node_modules', '.git', '.next', '.scratch', '.data', '.env', 'tests', 'docs', 'coverage'];
/** A product with a few left. */
const FEW = `/api/products/${productId(Array.from({ length: 500 }, (_, index) => index).find(isLow) ?? 0)}`;
const LOOK_EVERY = 50;

function isLow(index: number): boolean {
  const { stock } = productAt(index);
  return stock > 0 && stock <= 5;
}

interface Dev {
  readonly tree: string;
  readonly host: Running;
  readonly mocksPort: number;
}

interface Seen {
  readonly text: string;
  readonly json: Record<string, unknown>;
  readonly cache: string | null;
}
type Holds = (answer: Seen) => boolean;

/** What somebody who develops does, one thing after the other; the short form does those that are marked. */
const STEPS: readonly [what: string, isShort: boolean, run: (dev: Dev) => Promise<void>][] = [
  [
    'it answers from its cache as long as nothing changes',
    true,
    async (dev) => {
      await get(dev, FEW);
      const { json, cache } = await get(dev, FEW);
      assert.deepEqual([(json.stock as { state: string }).state, cache], ['low', 'tributary; hit']);
    },
  ],
  [
    'it shows a changed operation, and nothing of what the old one has cached',
    true,
    async (dev) => {
      edit(dev, 'operations/shape/stock.ts', "'low'", "'hurry'");
      await seen(dev, FEW, ({ json }) => (json.stock as { state?: string })?.state === 'hurry');
    },
  ],
  [
    'it shows a changed view: a field that its schema has no more never leaves again',
    false,
    async (dev) => {
      assert.ok('brand' in (await get(dev, FEW)).json);
      edit(dev, 'schemas/view/catalog/product.ts', '    brand: z.string(),\n', '');
      await seen(dev, FEW, ({ json }) => 'title' in json && !('brand' in json));
    },
  ],
  [
    'it starts the mocks again when one changes, and shows what that says, though the old one is cached',
    true,
    async (dev) => {
      edit(dev, 'mocks/catalog.ts', 'long_description: description', 'long_description: description.toUpperCase()');
      await seen(dev, FEW, ({ json }) => /^[^a-z]+$/.test(String(json.description)));
    },
  ],
  [
    'it reads nothing through a changed wire schema that was cached through the old one',
    false,
    async (dev) => {
      edit(dev, 'schemas/upstream/catalog.ts', 'brand_name: z.string(),', 'brand_name: z.string().max(1),');
      // The mocks read this schema too and start again: for a moment they can't be reached.
      const refused: Holds = ({ json }) => String(json.code).startsWith('upstream-');
      await seen(dev, FEW, ({ json }) => json.code === 'upstream-contract', refused);
      edit(dev, 'schemas/upstream/catalog.ts', 'brand_name: z.string().max(1),', 'brand_name: z.string(),');
      await seen(dev, FEW, ({ json }) => 'title' in json);
    },
  ],
  [
    'it shows a changed page',
    false,
    async (dev) => {
      edit(dev, 'app/layout.tsx', 'lang="en"', 'lang="en" data-edited="yes"');
      await seen(dev, '/', ({ text }) => text.includes('data-edited="yes"'));
    },
  ],
  ['it ends with Ctrl-C, all of it, and leaves no orphan', true, endsWithCtrlC],
  ['it ends with npm, where npm alone is told to, with its mocks and Next', false, endsWithNpm],
];

export const drill: Drill = {
  name: 'npm run dev: edits',
  proves: 'what is edited is seen, nothing of the old code answers again, and Ctrl-C ends it all',
  async run(size, tell) {
    const dev = await start();
    const steps = STEPS.filter(([, isShort]) => size === 'full' || isShort);
    try {
      for (const [what, , step] of steps) {
        await step(dev).catch((error: Error) => {
          throw new Error(`${what}: ${error.message}`, { cause: error });
        });
        tell(what);
      }
      return `${steps.length} of ${STEPS.length} steps`;
    } finally {
      end(dev);
    }
  },
};

async function start(): Promise<Dev> {
  const tree = copyTree();
  const [mocksPort, port] = [await freePort(), await freePort()];
  const env = { MOCKS_PORT: String(mocksPort), PUBLIC_URL: `http://127.0.0.1:${port}`, DEADLINE_SCALE: '20' };
  const host = run(['scripts/dev.ts'], { port, cwd: tree, detached: true, env });
  await answers(host, FEW);
  return { tree, host, mocksPort };
}

function end({ tree, host }: Dev): void {
  try {
    process.kill(-(host.child.pid ?? 0), 'SIGKILL');
  } catch {
    // All of it has ended.
  }
  rmSync(tree, { recursive: true, force: true });
}

/** A copy of the tree. Its modules are hard links: Turbopack refuses symbolic ones that lead out of the project. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'tributary-dev-'));
  cpSync(ROOT, copy, { recursive: true, filter: (path) => path === ROOT || !LEFT_OUT.includes(basename(path)) });
  const modules = join(ROOT, 'node_modules');
  const linked = spawnSync('cp', ['-al', modules, join(copy, 'node_modules')]).status === 0;
  if (!linked) cpSync(modules, join(copy, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  return copy;
}

function edit({ tree }: Dev, file: string, from: string, to: string): void {
  const path = join(tree, file);
  const text = readFileSync(path, 'utf8');
  assert.ok(text.includes(from), `${file} has what is to be changed`);
  writeFileSync(path, text.replaceAll(from, to));
}

async function get({ host }: Dev, path: string): Promise<Seen> {
  const answer = await fetch(host.url + path);
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json');
  return { text, json: isJson ? JSON.parse(text) : {}, cache: answer.headers.get('cache-status') };
}

/** Asks until an answer holds; then asks again and again, for none may be of the old code any more. */
async function seen(dev: Dev, path: string, holds: Holds, stays: Holds = holds): Promise<void> {
  const late = performance.now() + PATIENCE;
  let last = await get(dev, path);
  while (!holds(last)) {
    assert.ok(performance.now() < late, `never seen: ${last.text.slice(0, 600)}`);
    await pause(LOOK_EVERY);
    last = await get(dev, path);
  }
  for (let time = 0; time < 5; time++) {
    const again = await get(dev, path);
    assert.ok(stays(again), `old code has answered again: ${again.text.slice(0, 600)}`);
  }
}

async function endsWithCtrlC({ host, mocksPort }: Dev): Promise<void> {
  const group = -(host.child.pid ?? 0);
  const before = host.output().length;
  process.kill(group, 'SIGINT');
  await host.ended;
  const late = performance.now() + PATIENCE;
  while (await isLeft(group, [host.port, mocksPort])) {
    assert.ok(performance.now() < late, 'something of it lives on');
    await pause(LOOK_EVERY);
  }
  assert.doesNotMatch(host.output().slice(before), /\n\s+at |Unhandled/);
}

async function endsWithNpm({ tree, mocksPort }: Dev): Promise<void> {
  const port = await freePort();
  const env = { MOCKS_PORT: String(mocksPort), PUBLIC_URL: `http://127.0.0.1:${port}` };
  const host = runScript('dev', { port, cwd: tree, detached: true, env });
  try {
    await answers(host, '/api/health/live');
    host.child.kill('SIGTERM');
    await host.ended;
    await untilFree([port, mocksPort]);
  } finally {
    end({ tree, host, mocksPort });
  }
}

async function untilFree(ports: readonly number[]): Promise<void> {
  const late = performance.now() + PATIENCE;
  while ((await Promise.all(ports.map((port) => isFree(port, '127.0.0.1')))).includes(false)) {
    assert.ok(performance.now() < late, 'something of it lives on');
    await pause(LOOK_EVERY);
  }
}

async function isLeft(group: number, ports: readonly number[]): Promise<boolean> {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    const free = await Promise.all(ports.map((port) => isFree(port, '127.0.0.1')));
    return free.includes(false);
  }
}
