import { execFile, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PRODUCT_COUNT } from '../../mocks/seed/products.ts';
import { startMockServer } from '../../mocks/server.ts';
import { commandLine } from '../../scripts/command-line.ts';
import { checkoutOf } from '../drills/overload/checkout.ts';
import { appToken } from '../support/app-login.ts';
import { LEAN_FLAGS } from '../support/lean-flags.ts';
import { percentile } from '../support/percentile.ts';
import { table } from '../support/table.ts';
import { ready, runHost, runServer } from './contender.ts';
import { pace } from './load.ts';
import { type Entrant, type Race, type Result, race } from './race.ts';
import { type Goal, goalTable, machine, raceTable } from './report.ts';

const USAGE = `npm run bench                        the benchmark, into docs/benchmarks.md
npm run bench -- --quick             a first look; nothing is written
npm run bench -- --against <commit>  beside a commit's server
`;
const OPTIONS = { quick: { type: 'boolean' }, against: { type: 'string' } } as const;
const { quick: QUICK = false, against: AGAINST } = commandLine({ usage: USAGE, options: OPTIONS, words: 0 }).values;
const RACE: Race = QUICK ? { connections: 20, rounds: 1, seconds: 1 } : { connections: 20, rounds: 7, seconds: 3 };
const STEADY = { perSecond: 50, seconds: QUICK ? 4 : 40 };
const KEYS = QUICK ? 100_000 : 1_000_000;
const PRODUCT = '/api/products/p-000042';
const MIB = 1024 * 1024;
const PAPER = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const local = ({ port }: { port: number }) => `http://127.0.0.1:${port}`;

const running: { stop(): unknown }[] = [];
let number = 0;
/** An id that nobody has asked for yet. */
const fresh = () => `p-${String(number++ % 1_000_000).padStart(6, '0')}`;
const say = (text: string) => process.stdout.write(`${text}\n`);
const bar = (what: string) => (done: number, of: number) => {
  if (process.stdout.isTTY) process.stdout.write(`\r${what}: ${done} of ${of}${done === of ? '\n' : ''}`);
  else if (done === of) say(`${what}: ${of} laps`);
};

async function start<T extends { stop(): unknown }>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  running.push(started);
  return started;
}

/** One answer that is kept, asked for again and again. */
async function cached(): Promise<Result[]> {
  const mocks = await startMockServer(0, { latency: 'none' });
  running.push({ stop: () => mocks.close() });
  const env = { MOCKS_PORT: String(mocks.port) };
  const lean = await start(runHost('lean host', '../..', true, env));
  await ready(lean, PRODUCT);
  const source = { SOURCE: local(lean) + PRODUCT };
  const next = await start(runHost('next start', '../..', false, env));
  const byHand = await start(runHost('Next route by hand', 'next', false, source));
  const bare = await start(runServer('bare node:http', 'servers/bare.js', source));
  const field = [
    { contender: lean, target: () => PRODUCT },
    { contender: bare, target: () => PRODUCT },
    { contender: next, target: () => PRODUCT },
    { contender: byHand, target: () => '/cached/p-000042' },
  ];
  for (const { contender, target } of field) await ready(contender, target());
  const results = await race(field, RACE, bar('Cached answers'));
  stopAll();
  return results;
}

/** Five calls an answer, none of which anybody has made before. */
async function uncached(): Promise<Result[]> {
  const upstream = await start(runServer('upstreams', 'upstream.ts'));
  const env = { UPSTREAMS: local(upstream) };
  const next = await start(runHost('next start', 'next', false, env));
  const field: Entrant[] = [
    { contender: await start(runServer('lean host', 'servers/lean.ts', env)), target: () => `/api/five/${fresh()}` },
    { contender: await start(runServer('undici by hand', 'servers/undici.js', env)), target: () => `/five/${fresh()}` },
    {
      contender: await start(runServer('Fastify with ky', 'servers/fastify.js', env)),
      target: () => `/five/${fresh()}`,
    },
    { contender: next, target: () => `/api/five/${fresh()}` },
    { contender: { ...next, name: 'Next route by hand' }, target: () => `/hand/five/${fresh()}` },
  ];
  if (AGAINST !== undefined) {
    const script = join(checkoutOf(AGAINST), 'tests/bench/servers/lean.ts');
    field.push({ contender: await start(runServer(AGAINST, script, env)), target: () => `/api/five/${fresh()}` });
  }
  for (const { contender, target } of field) await ready(contender, target());
  const results = await race(field, RACE, bar('Five calls an answer'));
  stopAll();
  return results;
}

/** The shop itself: a product that nobody has asked for yet, with all that stands beside it, and a customer's account. */
async function shop(): Promise<{ readonly page: Result[]; readonly personal: Result[] }> {
  const mocks = await startMockServer(0, { latency: 'none' });
  running.push({ stop: () => mocks.close() });
  const env = { MOCKS_PORT: String(mocks.port), RATE_LIMIT_READS: 'off' };
  const hosts = [await start(runHost('lean host', '../..', true, env))];
  if (AGAINST !== undefined) hosts.push(await start(runHost(AGAINST, checkoutOf(AGAINST), true, env)));
  for (const host of hosts) await ready(host, PRODUCT);
  const fields = `Authorization: Bearer ${await appToken(mocks.port, 'ada')}\r\n`;
  const pages = hosts.map((contender): Entrant => {
    let next = 0;
    return { contender, target: () => `/api/products/p-${String(next++ % PRODUCT_COUNT).padStart(6, '0')}` };
  });
  const page = await race(pages, RACE, bar('The shop’s product page, cold'));
  const accounts = hosts.map((contender) => ({ contender, target: () => '/api/account', fields }));
  const personal = await race(accounts, RACE, bar('A customer’s account'));
  stopAll();
  return { page, personal };
}

interface Added {
  readonly through: number[];
  readonly slowest: number[];
}

/** The time of answers that take five slow calls, and of the slowest of these calls alone. */
async function latency(): Promise<Added> {
  const upstream = await start(runServer('upstreams', 'upstream.ts', {}, ['--slow']));
  const lean = await start(runServer('lean host', 'servers/lean.ts', { UPSTREAMS: local(upstream) }));
  const targets = [
    { port: lean.port, target: () => `/api/five/${fresh()}` },
    { port: upstream.port, target: () => `/recommendations/related/${fresh()}?limit=8` },
  ];
  await pace(targets, STEADY.perSecond, 2);
  say(`Steady ${STEADY.perSecond} requests a second for ${STEADY.seconds} s …`);
  const [through = [], slowest = []] = await pace(targets, STEADY.perSecond, STEADY.seconds);
  stopAll();
  return { through, slowest };
}

interface Memory {
  readonly start: number;
  readonly most: number;
  readonly end: number;
  readonly held: number;
  readonly bytes: number;
}

async function memory(): Promise<Memory> {
  const upstream = await start(runServer('upstreams', 'upstream.ts'));
  const text = await (await fetch(`${local(upstream)}/catalog/products/p-000042`)).text();
  stopAll();
  say(`${KEYS.toLocaleString('en')} keys through a cache of 64 MiB …`);
  const child = fork(here('memory.ts'), [String(KEYS), text], { execArgv: [...LEAN_FLAGS, '--expose-gc'] });
  return new Promise((resolve, reject) => {
    child.once('message', (seen) => resolve(seen as Memory));
    child.once('exit', (code) => reject(new Error(`memory.ts ended with ${code}`)));
  });
}

interface Figures {
  readonly hot: readonly Result[];
  readonly cold: readonly Result[];
  readonly page: readonly Result[];
  readonly personal: readonly Result[];
  readonly added: Added;
  readonly kept: Memory;
}

/** Its CPU for an answer, as a share of that of the commit beside it; no goal without one. */
function cheaper(what: string, results: readonly Result[], wanted: number): Goal[] {
  const { cpuRatio } = results.find(({ name }) => name === AGAINST) ?? {};
  if (cpuRatio === undefined) return [];
  const share = 1 / cpuRatio;
  return [
    {
      what: `${what}, CPU of an answer against ${AGAINST}`,
      wanted: `≤ ${wanted}×`,
      seen: `${share.toFixed(2)}×`,
      reached: share <= wanted,
    },
  ];
}

function goalsOf({ hot, cold, page, personal, added, kept }: Figures): Goal[] {
  const against = (results: readonly Result[], name: string, wanted: number): Goal => {
    const peer = results.find((result) => result.name === name);
    const { ratio = Number.NaN } = peer ?? {};
    const what = `${results === hot ? 'cached' : 'five calls'}, lean host against ${name}`;
    return { what, wanted: `≥ ${wanted}×`, seen: `${ratio.toFixed(2)}×`, reached: ratio >= wanted };
  };
  const busy = (name: string, wanted: number): Goal => {
    const { p99Ratio = Number.NaN } = cold.find((result) => result.name === name) ?? {};
    const what = `five calls over ${RACE.connections} connections, p99 of the lean host against ${name}`;
    return { what, wanted: `≤ ${wanted}×`, seen: `${p99Ratio.toFixed(2)}×`, reached: p99Ratio <= wanted };
  };
  const time = (percent: number, wanted: number): Goal => {
    const seen = percentile(added.through, percent) - percentile(added.slowest, percent);
    const what = `added to the slowest upstream at 50 requests/s, p${percent}`;
    return { what, wanted: `≤ ${wanted} ms`, seen: `${seen.toFixed(2)} ms`, reached: seen <= wanted };
  };
  const grown = (kept.most - kept.start) / MIB;
  return [
    against(hot, 'bare node:http', 0.95),
    against(hot, 'next start', 20),
    against(cold, 'undici by hand', 0.45),
    against(cold, 'Fastify with ky', 3),
    ...cheaper('five calls', cold, 0.5),
    ...cheaper('the shop’s product page, cold', page, 0.5),
    ...cheaper('a customer’s account', personal, 0.6),
    busy('undici by hand', 2.5),
    time(50, 1.2),
    time(99, 4),
    {
      what: `memory while ${KEYS.toLocaleString('en')} keys pass a cache of 64 MiB`,
      wanted: '≤ 128 MiB more',
      seen: `${grown.toFixed(0)} MiB more`,
      reached: grown <= 128,
    },
  ];
}

function paper(figures: Figures): string {
  const { hot, cold, page, personal, added, kept } = figures;
  const times = (name: string, values: readonly number[]) => [
    name,
    ...[50, 90, 99].map((percent) => `${percentile(values, percent).toFixed(2)} ms`),
  ];
  const { connections, rounds, seconds } = RACE;
  return `# Benchmarks

Written by \`npm run bench\` on ${machine()}. Client, server and upstreams share these cores. Each contender runs in a process of its own, all in turn, ${rounds} rounds of ${seconds} s over ${connections} connections; figures are medians, and ratios are taken within a round. Run it where you mean to run the server: ratios travel, absolute figures do not.

## What was to be reached

${goalTable(goalsOf(figures))}

What was tried for the ones not reached, and what it brought, is in [a decision](decisions/2026-11-23-what-an-uncached-answer-costs.md).

## A cached answer

One product as \`GET ${PRODUCT}\` writes it. Bare node:http writes the same bytes and headers; the Next route by hand keeps the bytes in a map.

${raceTable(hot)}

## Five calls an answer

A product from five upstreams, a new one with each request, so that nothing is cached; the upstreams answer from texts made before. The engine parses each answer with its schema, holds deadlines, breakers and bulkheads, caches and traces; the ones by hand do none of that, they fetch, pick the same fields and write.

${raceTable(cold)}

## The shop’s own answers

A product of the shop that nobody has asked for yet, as \`GET /api/products/{id}\` gives it with its related products, from the mocks: some twenty calls, batched. Below it a customer’s account, by bearer.${AGAINST === undefined ? '' : ` ${AGAINST} is the same server as it was at that commit.`}

${raceTable(page)}

${raceTable(personal)}

## Latency at 50 requests a second

Upstreams that take 6, 9, 12, 15 and 20 ms, and the slowest of them asked directly in between.

${table(['', 'p50', 'p90', 'p99'], [times('five calls through the lean host', added.through), times('the slowest upstream alone', added.slowest)])}

## Memory

${KEYS.toLocaleString('en')} products with distinct keys pass through a call cache of 64 MiB. Resident memory was ${(kept.start / MIB).toFixed(0)} MiB at the start, ${(kept.most / MIB).toFixed(0)} MiB at most, ${(kept.end / MIB).toFixed(0)} MiB at the end, when the cache held ${kept.held.toLocaleString('en')} of them.
`;
}

function stopAll(): void {
  for (const { stop } of running.splice(0)) stop();
}

async function main(): Promise<void> {
  say('Building the Next peer …');
  const next = fileURLToPath(new URL('../../node_modules/next/dist/bin/next', import.meta.url));
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as NodeJS.ProcessEnv;
  await promisify(execFile)(process.execPath, [next, 'build', here('next')], { env });
  const hot = await cached();
  const cold = await uncached();
  const figures: Figures = { hot, cold, ...(await shop()), added: await latency(), kept: await memory() };
  const races = [hot, cold, figures.page, figures.personal];
  say(`\n${races.map(raceTable).join('\n\n')}\n\n${goalTable(goalsOf(figures))}\n`);
  const failed = races.flat().filter(({ failures }) => failures > 0);
  for (const { name, failures } of failed) say(`${name}: ${failures} answers were no 200`);
  if (QUICK) return;
  writeFileSync(PAPER, paper(figures));
  say('Written to docs/benchmarks.md.');
}

try {
  await main();
} finally {
  stopAll();
}
