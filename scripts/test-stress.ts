import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { commandLine } from './command-line.ts';

const ROOT = join(dirname(import.meta.filename), '..');
const LOOPS = 2;
const RUNS = 5;
const USAGE = `npm run test:stress                    all tests five times, with two busy loops beside them
npm run test:stress -- 3               three times
npm run test:stress -- 3 tests/hosts   those of a folder
`;

/** Runs the tests again and again on a machine that others want as well, and lists what failed. */
async function main(): Promise<number> {
  const { positionals } = commandLine({ usage: USAGE, options: {}, words: Number.POSITIVE_INFINITY });
  const [first = '', ...rest] = positionals;
  const isCount = /^\d+$/.test(first);
  const runs = isCount ? Number(first) : RUNS;
  const filters = isCount ? rest : [first, ...rest].filter(Boolean);
  const logs = mkdtempSync(join(tmpdir(), 'tributary-stress-'));
  const loops = Array.from({ length: LOOPS }, startLoop);
  const failed = new Map<string, number>();
  const closing: string[] = [];
  try {
    for (let run = 1; run <= runs; run++) {
      const began = performance.now();
      const { code, output } = await test(filters);
      const log = join(logs, `${run}.log`);
      writeFileSync(log, output);
      for (const name of failuresIn(output)) failed.set(name, (failed.get(name) ?? 0) + 1);
      const last = /^Tests: .*$/m.exec(output)?.[0] ?? `it ended with ${code} before it told`;
      closing.push(`${last} (run ${run} of ${runs}, ${Math.round((performance.now() - began) / 1_000)} s)`);
      say(`${closing.at(-1)}${code === 0 ? '' : `; all of it: ${log}`}\n`);
      if (code !== 0 && failed.size === 0) failed.set('the run itself', 1);
    }
  } finally {
    for (const loop of loops) loop.kill('SIGKILL');
  }
  const names = [...failed].sort(([, a], [, b]) => b - a).map(([name, times]) => `  ${times} of ${runs}  ${name}\n`);
  say(`\n${closing.join('\n')}\n\n${names.length === 0 ? 'Nothing failed.\n' : `What failed:\n${names.join('')}`}`);
  return failed.size === 0 ? 0 : 1;
}

/** Keeps a core busy as long as the parent lives: it can't receive signals, so it checks for the parent. */
function startLoop(): ChildProcess {
  return spawn(process.execPath, ['-e', `while (process.ppid === ${process.pid});`], { stdio: 'ignore' });
}

function test(filters: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, 'scripts', 'test.ts'), ...filters], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
    child.once('close', (code) => resolve({ code: code ?? 1, output: stripVTControlCharacters(output) }));
  });
}

/** The names after Vitest's FAIL, each once; how often they are printed depends on its reporter. */
const failuresIn = (output: string): Set<string> =>
  new Set([...output.matchAll(/^ *FAIL +(.+?)$/gm)].map(([, name]) => (name ?? '').replaceAll(/ +/g, ' ')));

function say(text: string): void {
  process.stdout.write(text);
}

process.exit(await main());
