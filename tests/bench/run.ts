import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commandLine } from '../../scripts/command-line.ts';
import { type Figures, goalsOf } from './goals.ts';
import { raceCached } from './measures/cached.ts';
import { raceFiveCalls, raceGrowth } from './measures/five-calls.ts';
import { measureLatency } from './measures/latency.ts';
import { measureMemory } from './measures/memory.ts';
import { raceShop } from './measures/shop.ts';
import { paper } from './paper.ts';
import type { Race } from './race.ts';
import { goalTable, raceTable } from './report.ts';
import { say, stopAll } from './running.ts';

const USAGE = `npm run bench                        the benchmark, into docs/benchmarks.md
npm run bench -- --quick             a first look; nothing is written
npm run bench -- --against <commit>  beside a commit's server
`;
const OPTIONS = { quick: { type: 'boolean' }, against: { type: 'string' } } as const;
const { quick = false, against } = commandLine({ usage: USAGE, options: OPTIONS, words: 0 }).values;
const rules: Race = quick
  ? { connections: 20, rounds: 1, seconds: 1, warmUp: 1 }
  : { connections: 20, rounds: 15, seconds: 1, warmUp: 12 };
const steady = { perSecond: 50, seconds: quick ? 4 : 40 };
const keys = quick ? 100_000 : 1_000_000;
const PAPER = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

/** All races, one after the other: some twelve minutes, or one with `--quick`, which writes nothing. */
async function main(): Promise<void> {
  say('Building the Next peer …');
  await buildNextPeer();
  const figures: Figures = {
    rules,
    against,
    keys,
    cached: await raceCached(rules),
    five: await raceFiveCalls(rules, against),
    growth: await raceGrowth(rules),
    ...(await raceShop(rules, against)),
    added: await measureLatency(steady),
    memory: await measureMemory(keys),
  };
  const { cached, five, growth, page, personal } = figures;
  const races = { cached, 'five calls': five, growth, 'product page': page, account: personal };
  say(`\n${Object.values(races).map(raceTable).join('\n\n')}\n\n${goalTable(goalsOf(figures))}\n`);
  for (const [what, results] of Object.entries(races)) {
    for (const { name, failures } of results)
      if (failures > 0) say(`${what}, ${name}: ${failures} answers were no 200`);
  }
  if (quick) return;
  writeFileSync(PAPER, paper(figures));
  say('Written to docs/benchmarks.md.');
}

async function buildNextPeer(): Promise<void> {
  const next = fileURLToPath(new URL('../../node_modules/next/dist/bin/next', import.meta.url));
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as NodeJS.ProcessEnv;
  const folder = fileURLToPath(new URL('next', import.meta.url));
  await promisify(execFile)(process.execPath, [next, 'build', folder], { env });
}

try {
  await main();
} finally {
  stopAll();
}
