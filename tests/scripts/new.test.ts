import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyOfTree } from '#tests/support/copy-of-tree.ts';
import { freePort, type Running, runHost, stop } from '#tests/support/host.ts';

/** Milliseconds; several compilers and a test run are in it, and other test files run beside it. */
const PATIENCE = 120_000;
const POINTS = {
  member_id: 'm-1042',
  balance: 1_240,
  tier: { name: 'Silver', 'next-at': 2_000, progress: 0.62 },
  joined_on: '2024-03-01',
  referrer: null,
  history: [
    { id: 1, delta: 40, at: '2026-11-23T09:30:00+01:00', orderId: 'o-1' },
    { id: 2, delta: -10, at: '2026-11-23T09:30:00Z' },
  ],
};
/** A list at the top, keys of every kind, nulls and lists within lists. */
const BADGES = [
  { größe: 'L', 'a-b': null, '': 1, 'it`s "x"': true, '1st': { 深い: [[{ wert_neu: 1 }], []] }, constructor: 'x' },
  { größe: 'M', 'a-b': [{ so_so: 'y' }], '': 'no', 'it`s "x"': false, '1st': null, constructor: 'y' },
];

interface Ran {
  readonly code: number;
  readonly output: string;
}

let tree: ReturnType<typeof copyOfTree>;
const said: Record<string, Ran> = {};

/** Runs Node in the copy, as npm does for somebody who called it from `from`. */
function run(
  args: readonly string[],
  { input, from = tree.path }: { input?: string; from?: string } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, NO_COLOR: '1', INIT_CWD: from } as unknown as NodeJS.ProcessEnv;
    const child = execFile(process.execPath, [...args], { cwd: tree.path, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
    child.stdin?.end(input);
  });
}

const make = (...args: string[]) => run(['scripts/new.ts', ...args]);

/** Everything in the copy, as one word. */
function state(): string {
  const files = readdirSync(tree.path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/node_modules|\.next/.test(entry.parentPath))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  return hash('sha256', files.map((file) => `${file}\0${readFileSync(file, 'utf8')}`).join('\0'));
}

beforeAll(async () => {
  tree = copyOfTree([], { tests: true });
  const scratch = join(tree.path, '.scratch');
  mkdirSync(scratch);
  writeFileSync(join(scratch, 'points.json'), JSON.stringify(POINTS));
  said.upstream = await run(['scripts/new.ts', 'upstream', 'loyalty', '--sample', 'points.json'], { from: scratch });
  said.endpoint = await make('endpoint', 'loyalty-card');
  const list = ['scripts/new.ts', 'upstream', 'badges', '--sample', '-', '--path', 'v1/all.list'];
  said.list = await run(list, { input: JSON.stringify(BADGES) });
  said.listed = await make('endpoint', 'wall-of-badges', '--from', 'badges.allList');
  said.known = await make('endpoint', 'departments', 'catalog');
}, PATIENCE);
afterAll(() => tree?.remove());

describe('what was made', () => {
  test('is told file by file, with what changed, where to look and what to run', () => {
    for (const [name, { code, output }] of Object.entries(said))
      expect([name, code, output]).toEqual([name, 0, output]);
    const { upstream, endpoint, listed } = said;
    expect(upstream?.output).toContain('new      services/loyalty.ts\n');
    expect(upstream?.output).toMatch(/changed {2}mocks\/server\.ts\n {2}\+ +\d+ {2}import \{ loyaltyHandlers \}/);
    expect(upstream?.output).toMatch(/- +\d+ {2}# Which upstreams .*support\.\n {2}\+ +\d+ {2}# Which .*,loyalty\.\n/);
    expect(upstream?.output).toContain('npm test -- tests/services/loyalty');
    expect(endpoint?.output).toContain('http://localhost:3000/api/loyalty-card?scenario=loyalty=down');
    expect(endpoint?.output).toContain('no one kind of it: loyalty.points.referrer\n');
    expect(listed?.output).toContain('no one kind of it: badges.allList[].\n');
  });

  test('passes the linter and the types, and nothing in it is left over', { timeout: PATIENCE }, async () => {
    const written = Object.values(said).flatMap(({ output }) => [
      ...output.matchAll(/^(?:new|changed) +(\S+\.(?:ts|json))$/gm),
    ]);
    const files = [...new Set(written.map(([, path]) => path ?? ''))];
    expect(files.length).toBeGreaterThan(25);
    const include = [...files.filter((path) => path.endsWith('.ts')), 'mocks/**/*.d.ts'];
    const config = { extends: './tsconfig.json', include, compilerOptions: { incremental: false } };
    writeFileSync(join(tree.path, 'tsconfig.own.json'), JSON.stringify(config));
    const biome = await run(['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...files]);
    expect([biome.code, biome.output]).toEqual([0, expect.stringContaining('No fixes applied')]);
    expect(await run(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.own.json'])).toEqual({ code: 0, output: '' });
    rmSync(join(tree.path, 'tsconfig.own.json'));
    expect(await run(['node_modules/knip/bin/knip.js'])).toEqual({ code: 0, output: '' });
  });

  test('passes the tests that came with it, and those that watch over all', { timeout: PATIENCE }, async () => {
    const own = [
      'operations/loyalty-card',
      'operations/wall-of-badges',
      'operations/departments',
      'services/loyalty',
      'services/badges',
    ];
    const all = ['mocks/misbehaviour', 'services/env', 'house/papers', 'house/walls'];
    const files = [...own, ...all].map((name) => `tests/${name}.test.ts`);
    const names = '-card|wall-of|departments|loyalty|badges|every upstream|\\.env\\.example|banner|holds';
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project=unit', `--testNamePattern=${names}`];
    const { code, output } = await run([...vitest, ...files]);
    expect([code, output]).toEqual([0, output]);
    for (const file of files) expect(output).toContain(`✓ |unit| ${file}`);
  });
});

describe('the lean host with it', () => {
  let host: Running;
  beforeAll(async () => {
    host = await runHost('lean', { MOCKS_PORT: String(await freePort()) }, { cwd: tree.path });
  }, PATIENCE);
  afterAll(async () => {
    if (host) await stop(host);
  });

  const ask = async (target: string) => {
    const answer = await fetch(host.url + target);
    return { status: answer.status, body: await answer.json() };
  };

  test('answers the endpoint, in our words', async () => {
    const { status, body } = await ask('/api/loyalty-card');
    expect([status, body.meta.complete]).toEqual([200, true]);
    expect(body.loyalty).toEqual({
      memberId: 'm-1042',
      balance: 1_240,
      tier: { name: 'Silver', nextAt: 2_000, progress: 0.62 },
      joinedOn: '2024-03-01',
      history: POINTS.history,
    });
    const badges = await ask('/api/wall-of-badges');
    const first = { größe: 'L', aB: null, itSX: true, '1st': { 深い: [[{ wertNeu: 1 }], []] } };
    expect(badges.body.badges).toEqual([first, { größe: 'M', aB: [{ soSo: 'y' }], itSX: false, '1st': null }]);
    expect((await ask('/api/departments')).body.catalog.categories.length).toBeGreaterThan(5);
  });

  test('and says what it is without its upstream', async () => {
    const { status, body } = await ask('/api/loyalty-card?scenario=loyalty=down');
    const sections = { loyalty: { state: 'missing', reason: 'unavailable' } };
    expect([status, body]).toEqual([200, { meta: { complete: false, sections } }]);
  });

  test('lists it, and names the upstream among the mocked ones', async () => {
    const { paths } = (await ask('/api/openapi.json')).body;
    expect(paths['/api/loyalty-card'].get.operationId).toBe('getLoyaltyCard');
    expect((await ask('/api/health/ready')).body.mocked).toContain('loyalty');
  });
});

describe('what can’t be made', () => {
  test.each<[string, string[], number, RegExp]>([
    ['what is not known', ['service', 'x'], 2, /no service of this\.\n\nnpm run new upstream <name>/],
    ['what is there already', ['upstream', 'loyalty', '.scratch/points.json'], 1, /has a LOYALTY_URL already/],
    ['what nothing can fill', ['endpoint', 'x', '--from', 'reviews'], 1, /no public read without arguments/],
    ['what can’t be read', ['upstream', 'x', '--sample', 'no.json'], 1, /can't be read: ENOENT/],
  ])('%s is refused, and nothing is touched', async (_, args, code, why) => {
    const before = state();
    const ran = await make(...args);
    expect([ran.code, ran.output]).toEqual([code, expect.stringMatching(why)]);
    expect(state()).toBe(before);
  });

  test('help is what it is asked for', async () => {
    const { code, output } = await make('--help');
    expect([code, output]).toEqual([0, expect.stringMatching(/^npm run new upstream <name> -- --sample/)]);
  });
});
