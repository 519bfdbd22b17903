import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LONG } from '#tests/support/long.ts';

const ENSURE = fileURLToPath(new URL('../../scripts/ensure.mjs', import.meta.url));
const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
const CI = ['ci', ...QUIETLY];

let tree: string;

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'tributary-ensure-'));
  write('scripts/ensure.mjs', readFileSync(ENSURE, 'utf8'));
  write('package-lock.json', lockOf({ 'node_modules/zod': { version: '4.0.0' } }));
  write('operations/catalog/home.ts', 'export const home = 1;\n');
  write('npm/npm-cli.js', recorder('npm.log', 'process.argv.slice(2)'));
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text, { mode });
}

function lockOf(packages: object): string {
  return JSON.stringify({ lockfileVersion: 3, packages: { '': { version: '1.0.0' }, ...packages } });
}

/** A script that writes down where and with what it was called, and does `more`. */
function recorder(log: string, args: string, more = ''): string {
  const entry = `JSON.stringify({ cwd: process.cwd(), args: ${args} })`;
  return `require('node:fs').appendFileSync(${JSON.stringify(join(tree, log))}, ${entry} + '\\n');\n${more}\n`;
}

/** The project's own Node is a stub: it runs npm, and in place of Next a script that leaves an id behind, as Next does. */
function withOwnNode(next = ''): void {
  const id = `fs.mkdirSync('.next', { recursive: true }); fs.writeFileSync('.next/BUILD_ID', 'x');`;
  write('next.js', `const fs = require('node:fs');\n${recorder('next.log', 'process.argv.slice(2)', next || id)}`);
  const node = `case "$1" in *npm-cli.js) exec ${process.execPath} "$@";; esac\nexec ${process.execPath} ${tree}/next.js "$@"`;
  write('node_modules/.bin/node', `#!/bin/sh\n${node}\n`, 0o755);
}

function calls(log: string): { cwd: string; args: string[] }[] {
  if (!existsSync(join(tree, log))) return [];
  const lines = readFileSync(join(tree, log), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

function ensure(args: readonly string[] = [], whileRunning: (kill: () => void) => void = () => {}) {
  const child = spawn(process.execPath, [join(tree, 'scripts', 'ensure.mjs'), ...args], {
    env: { PATH: process.env.PATH, npm_execpath: join(tree, 'npm', 'npm-cli.js') } as unknown as NodeJS.ProcessEnv,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  whileRunning(() => child.kill('SIGTERM'));
  return new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
}

describe('what the lockfile says is installed', () => {
  test('exactly, once, and not a word the second time', async () => {
    const first = await ensure();
    expect([first.code, calls('npm.log')]).toEqual([0, [{ cwd: tree, args: CI }]]);
    expect(first.output).toMatch(/Installing .* from the lockfile.*\n.*done in/);
    expect([await ensure(), calls('npm.log').length]).toEqual([{ code: 0, output: '' }, 1]);
  });

  test('again when the lockfile changes, and no more when only something else does', async () => {
    await ensure();
    write('package.json', '{}');
    await ensure();
    expect(calls('npm.log')).toHaveLength(1);
    write('package-lock.json', lockOf({ 'node_modules/zod': { version: '4.0.1' } }));
    await ensure();
    expect(calls('npm.log')).toHaveLength(2);
  });

  test('and is left alone where someone has run npm ci by hand', async () => {
    const packages = {
      'node_modules/zod': { version: '4.0.0' },
      'node_modules/x': { version: '1.0.0', optional: true },
    };
    write('package-lock.json', lockOf(packages));
    write('node_modules/.package-lock.json', lockOf({ 'node_modules/zod': { version: '4.0.0' } }));
    expect([await ensure(), calls('npm.log')]).toEqual([{ code: 0, output: '' }, []]);
  });

  test('anew where what is there is another version, or where one is missing', async () => {
    for (const there of [{ 'node_modules/zod': { version: '3.9.9' } }, {}]) {
      rmSync(join(tree, 'npm.log'), { force: true });
      rmSync(join(tree, 'node_modules'), { recursive: true, force: true });
      write('node_modules/.package-lock.json', lockOf(there));
      await ensure();
      expect(calls('npm.log')).toHaveLength(1);
    }
  });

  test('for the benchmark too where it is asked for, in its own folder', async () => {
    write('tests/bench/package-lock.json', lockOf({}));
    await ensure(['--bench']);
    expect(calls('npm.log')).toEqual([
      { cwd: tree, args: CI },
      { cwd: join(tree, 'tests', 'bench'), args: CI },
    ]);
  });

  test('with what an older Node has left out: npm, run by the project’s own, brings it', async () => {
    withOwnNode();
    const added = { cwd: tree, args: ['install', '--no-save', ...QUIETLY] };
    expect([(await ensure()).code, calls('npm.log')]).toEqual([0, [{ cwd: tree, args: CI }, added]]);
    expect([await ensure(), calls('npm.log').length]).toEqual([{ code: 0, output: '' }, 2]);
  });

  test('without what an older Node has left out, if that can’t be had: it is said, and all else goes on', async () => {
    withOwnNode();
    write('npm/npm-cli.js', `if (process.argv[2] === 'install') { console.error('no such part'); process.exit(1); }`);
    const { code, output } = await ensure();
    expect(code).toBe(0);
    expect(output).toMatch(/some tests may be skipped.*no such part/);
  });

  test('or it is said why not, and tried again the next time', async () => {
    write('npm/npm-cli.js', recorder('npm.log', '[]', `console.error('registry is away'); process.exit(7);`));
    const { code, output } = await ensure();
    expect(code).toBe(1);
    expect(output).toMatch(/registry is away[\s\S]*Installing what is missing failed[\s\S]*npm ci[\s\S]*code 7/);
    expect(output).not.toMatch(/\n\s+at /);
    await ensure();
    expect(calls('npm.log')).toHaveLength(2);
  });

  test('until it is stopped: npm ends with it, and nothing counts as installed', async () => {
    const wait = `require('node:fs').writeFileSync(${JSON.stringify(join(tree, 'pid'))}, String(process.pid)); setTimeout(() => {}, 30000);`;
    write('npm/npm-cli.js', recorder('npm.log', '[]', wait));
    const { code } = await ensure([], (kill) => {
      const timer = setInterval(() => {
        if (!existsSync(join(tree, 'pid'))) return;
        clearInterval(timer);
        kill();
      }, 10);
    });
    expect(code).not.toBe(0);
    expect(() => process.kill(Number(readFileSync(join(tree, 'pid'), 'utf8')), 0)).toThrow('ESRCH');
    expect(existsSync(join(tree, 'node_modules', '.installed-from-lock'))).toBe(false);
  });
});

describe('the pages are built', () => {
  const build = () => ensure(['--build']);
  const builds = () => calls('next.log').length;

  beforeEach(() => withOwnNode());

  test('with the project’s own Node, once, and not a word the second time', async () => {
    const { code, output } = await build();
    expect([code, calls('next.log')]).toEqual([
      0,
      [{ cwd: tree, args: [join(tree, 'node_modules', 'next', 'dist', 'bin', 'next'), 'build'] }],
    ]);
    expect(output).toMatch(/Building the pages/);
    expect([await build(), builds()]).toEqual([{ code: 0, output: '' }, 1]);
  });

  test('with what is installed, whatever the lockfile says, where nothing is to be installed', async () => {
    write('package-lock.json', '{ "packages": { "node_modules/other": { "version": "2.0.0" } } }');
    expect((await ensure(['--build', '--no-install'])).code).toBe(0);
    expect([builds(), calls('npm.log')]).toEqual([1, []]);
  });

  test('only where that is asked for', async () => {
    await ensure();
    expect(builds()).toBe(0);
  });

  test('again after a change, a new file, a new name or a lost file below any floor that pages import', async () => {
    await build();
    const changes: (() => void)[] = [
      () => write('operations/catalog/home.ts', 'export const home = 2;\n'),
      () => write('kernel/new.ts', ''),
      () => renameSync(join(tree, 'kernel', 'new.ts'), join(tree, 'kernel', 'old.ts')),
      () => rmSync(join(tree, 'kernel', 'old.ts')),
      () => write('app/page.tsx', ''),
      () => write('client/api.ts', ''),
      () => write('inspector/lanes.ts', ''),
      () => write('config/env.ts', ''),
      () => write('schemas/view/x.ts', ''),
      () => write('next.config.ts', ''),
      () => write('tsconfig.json', ''),
      () => rmSync(join(tree, '.next', 'BUILD_ID')),
    ];
    // Each takes four processes: in the long run all, else those that are not just one more folder.
    const tried = LONG ? changes : [...changes.slice(0, 4), ...changes.slice(-1)];
    for (const [index, change] of tried.entries()) {
      change();
      expect((await build()).code).toBe(0);
      expect(builds(), `after change ${index}`).toBe(index + 2);
    }
    expect((await build()).output).toBe('');
  });

  test('no more after a change to what they do not read', async () => {
    await build();
    for (const path of ['tests/a.test.ts', 'mocks/a.ts', 'docs/a.md', 'README.md', 'server.ts']) write(path, 'x');
    expect([(await build()).output, builds()]).toEqual(['', 1]);
  });

  test('or it is said why not, and tried again the next time', async () => {
    withOwnNode(`console.error('Type error in page'); process.exit(1);`);
    const { code, output } = await build();
    expect(code).toBe(1);
    expect(output).toMatch(/Type error in page[\s\S]*Building the pages failed/);
    withOwnNode();
    expect([(await build()).code, builds()]).toEqual([0, 2]);
  });
});
