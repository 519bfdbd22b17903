import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { productAt, productId } from '#mocks/seed/products.ts';
import { answers, freePort, type Running, run } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { isFree } from '../../scripts/ports.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_OUT = ['node_modules', '.git', '.next', '.scratch', '.data', '.env', 'tests', 'docs', 'coverage'];
/** A product with a few left. */
const FEW = `/api/products/${productId(Array.from({ length: 500 }, (_, index) => index).find(isLow) ?? 0)}`;

function isLow(index: number): boolean {
  const { stock } = productAt(index);
  return stock > 0 && stock <= 5;
}

let tree: string;
let dev: Running;
let mocksPort: number;

/** A copy of the tree. Its modules are hard links: Turbopack refuses symbolic ones that lead out of the project. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'tributary-dev-'));
  cpSync(ROOT, copy, { recursive: true, filter: (path) => path === ROOT || !LEFT_OUT.includes(basename(path)) });
  const modules = join(ROOT, 'node_modules');
  const linked = spawnSync('cp', ['-al', modules, join(copy, 'node_modules')]).status === 0;
  if (!linked) cpSync(modules, join(copy, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  return copy;
}

function edit(file: string, from: string, to: string): void {
  const path = join(tree, file);
  const text = readFileSync(path, 'utf8');
  expect(text, `${file} has what is to be changed`).toContain(from);
  writeFileSync(path, text.replaceAll(from, to));
}

async function get(path: string): Promise<{ text: string; json: Record<string, unknown>; cache: string | null }> {
  const answer = await fetch(dev.url + path);
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json');
  return { text, json: isJson ? JSON.parse(text) : {}, cache: answer.headers.get('cache-status') };
}

type Holds = (answer: Awaited<ReturnType<typeof get>>) => boolean;

/** Asks until an answer holds; then asks again and again, for none may be of the old code any more. */
async function seen(path: string, holds: Holds, stays: Holds = holds): Promise<void> {
  const end = performance.now() + PATIENCE;
  let last = await get(path);
  while (!holds(last)) {
    if (performance.now() > end) throw new Error(`never seen: ${last.text.slice(0, 600)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    last = await get(path);
  }
  for (let time = 0; time < 5; time++) {
    const again = await get(path);
    if (!stays(again)) throw new Error(`old code has answered again: ${again.text.slice(0, 600)}`);
  }
}

beforeAll(async () => {
  tree = copyTree();
  mocksPort = await freePort();
  const port = await freePort();
  dev = run(['scripts/dev.ts'], {
    port,
    cwd: tree,
    detached: true,
    env: { MOCKS_PORT: String(mocksPort), PUBLIC_URL: `http://127.0.0.1:${port}` },
  });
  await answers(dev, FEW);
});
afterAll(() => {
  try {
    process.kill(-(dev.child.pid ?? 0), 'SIGKILL');
  } catch {
    // All of it has ended.
  }
  rmSync(tree, { recursive: true, force: true });
});

describe('npm run dev', () => {
  test('answers from its cache as long as nothing changes', async () => {
    await get(FEW);
    expect(await get(FEW)).toMatchObject({ json: { stock: { state: 'low' } }, cache: 'tributary; hit' });
  });

  test('shows a changed operation at once, and nothing of what the old one has cached', async () => {
    edit('operations/shape/stock.ts', "'low'", "'hurry'");
    await seen(FEW, ({ json }) => (json.stock as { state?: string })?.state === 'hurry');
  });

  test('shows a changed view: a field that its schema has no more never leaves again', async () => {
    expect((await get(FEW)).json).toHaveProperty('brand');
    edit('schemas/view/product.ts', '    brand: z.string(),\n', '');
    await seen(FEW, ({ json }) => 'title' in json && !('brand' in json));
  });

  test('starts the mocks again when one changes', async () => {
    edit('mocks/catalog.ts', 'long_description: description', 'long_description: description.toUpperCase()');
    const told = async () => {
      const answer = await fetch(`http://127.0.0.1:${mocksPort}/catalog/products/p-000042`).catch(() => undefined);
      return (await answer?.text())?.includes('MADE TO BE USED');
    };
    await vi.waitFor(async () => expect(await told()).toBe(true), { timeout: PATIENCE, interval: 50 });
  });

  test('shows what a changed mock says, though what the old one said is cached', async () => {
    await seen(FEW, ({ json }) => /^[^a-z]+$/.test(String(json.description)));
  });

  test('reads nothing through a changed wire schema that was cached through the old one', async () => {
    edit('schemas/upstream/catalog.ts', 'brand_name: z.string(),', 'brand_name: z.string().max(1),');
    // The mocks read this schema too and start again: for a moment they can't be reached.
    const refused: Holds = ({ json }) => String(json.code).startsWith('upstream-');
    await seen(FEW, ({ json }) => json.code === 'upstream-contract', refused);
    edit('schemas/upstream/catalog.ts', 'brand_name: z.string().max(1),', 'brand_name: z.string(),');
    await seen(FEW, ({ json }) => 'title' in json);
  });

  test('shows a changed page', async () => {
    edit('app/layout.tsx', 'lang="en"', 'lang="en" data-edited="yes"');
    await seen('/', ({ text }) => text.includes('data-edited="yes"'));
  });

  test('ends with Ctrl-C, all of it, and leaves no orphan', async () => {
    const group = -(dev.child.pid ?? 0);
    const before = dev.output().length;
    process.kill(group, 'SIGINT');
    await dev.ended;
    const left = async () => {
      const free = (await isFree(dev.port, '127.0.0.1')) && (await isFree(mocksPort, '127.0.0.1'));
      try {
        process.kill(group, 0);
        return true;
      } catch {
        return !free;
      }
    };
    await expect.poll(left).toBe(false);
    expect(dev.output().slice(before)).not.toMatch(/\n\s+at |Unhandled/);
  });
});
