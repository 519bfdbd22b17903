import { percentile } from '../support/percentile.ts';
import { table } from '../support/table.ts';
import { type Figures, goalsOf } from './goals.ts';
import { PRODUCT } from './measures/cached.ts';
import { goalTable, machine, raceTable } from './report.ts';

const MIB = 1024 * 1024;

/** The figures of a run as docs/benchmarks.md. */
export function paper(figures: Figures): string {
  const { rules, against, keys, cached, five, growth, page, personal, added, memory } = figures;
  const latencies = (name: string, values: readonly number[]) => [
    name,
    ...[50, 90, 99].map((percent) => `${percentile(values, percent).toFixed(2)} ms`),
  ];
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(0)} MiB`;
  const command = `npm run bench${against === undefined ? '' : ` -- --against ${against}`}`;
  const older = against === undefined ? '' : ` ${against} is the same server as it was at that commit.`;
  return `# Benchmarks

Written by \`${command}\` on ${machine()}. Client, server and upstreams share these cores. Each contender runs in a process of its own. It warms up until three laps agree, then all run in turn, forth and back: ${rules.rounds} rounds of ${rules.seconds} s over ${rules.connections} connections. Figures are medians. Ratios are taken within a round; in brackets is the middle half of the rounds. Run it where you mean to run the server: ratios travel, absolute figures do not.

## What was to be reached

${goalTable(goalsOf(figures))}

What was tried for the ones that were not reached, and what it brought: [an uncached answer](decisions/2026-11-23-what-an-uncached-answer-costs.md), [counted instead of timed](decisions/2026-11-30-an-answer-counted.md), [collections](decisions/2026-11-30-collections-on-few-cores.md), [compiled schemas](decisions/2026-11-30-compiled-schemas.md), [what a Map keeps alive](decisions/2026-11-30-what-a-map-keeps-alive.md), [HTTP/2 and timers](decisions/2026-12-01-what-is-answered-at-once.md).

## A cached answer

One product as \`GET ${PRODUCT}\` writes it. Bare node:http writes the same bytes and headers; the Next route by hand keeps the bytes in a map.

${raceTable(cached)}

## Five calls an answer

A product from five upstreams, a new one with each request, so that nothing is cached; the upstreams answer from texts made before. The engine parses each answer with its schema, holds deadlines, breakers and bulkheads, caches and traces; the ones by hand do none of that, they fetch, pick the same fields and write.${older}

${raceTable(five)}

## From five calls to forty

The same server with answers of ever more calls to one upstream, over two connections. Read the last column: how many times the CPU of five calls.

${raceTable(growth)}

## The shop’s own answers

A product of the shop that was not asked for yet, as \`GET /api/products/{id}\` gives it with its related products, from the mocks: some twenty calls, batched. Below it a customer’s account, by bearer. One contender exports its traces over OTLP.${older}

${raceTable(page)}

${raceTable(personal)}

## Latency at 50 requests a second

Upstreams that take 6, 9, 12, 15 and 20 ms, and the slowest of them asked directly in between.

${table(['', 'p50', 'p90', 'p99'], [latencies('five calls through the lean host', added.through), latencies('the slowest upstream alone', added.slowest)])}

## Memory

${keys.toLocaleString('en')} products with distinct keys pass through a call cache of 64 MiB. Resident memory was ${mib(memory.start)} at the start, ${mib(memory.most)} at most, ${mib(memory.end)} at the end, when the cache held ${memory.held.toLocaleString('en')} of them.
`;
}
