import { Registry } from 'prom-client';
import { beforeEach, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { BOUNDS } from '#kernel/base/time/histogram.ts';
import { answered, countAnswer } from '#kernel/telemetry/answered.ts';
import { traceFrom } from '#kernel/telemetry/context/trace-context.ts';
import { histogramMetric } from '#operations/shape/ops/histogram.ts';

beforeEach(resetRegistry);

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const context = traceFrom(
  { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: undefined, baggage: undefined },
  [],
);
const answer = { operation: 'getThing', lane: '', method: 'GET', status: 200, sections: {}, cache: 'miss' } as const;

const written = (type: 'plain' | 'open') => {
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE | typeof Registry.PROMETHEUS_CONTENT_TYPE>();
  registry.setContentType(type === 'open' ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
  const samples = [...answered()].map(([operation, { durations }]) => [{ operation }, durations] as const);
  registry.registerMetric(histogramMetric({ name: 'd_seconds', help: 'x' }, samples));
  return registry.metrics();
};

test('a histogram has fixed buckets that add up, and exemplars in OpenMetrics alone', async () => {
  for (const duration of [0.2, 1, 1.5, 700, 60_000]) countAnswer({ ...answer, duration }, 0);
  countAnswer({ ...answer, duration: 30, context }, 0);
  const text = await written('plain');
  const buckets = [...text.matchAll(/_bucket\{operation="getThing",le="([^"]+)"\} (\d+)/g)].map(([, le, count]) => [
    le,
    Number(count),
  ]);
  expect(buckets.map(([le]) => le)).toEqual([...BOUNDS.map((bound) => String(bound / 1_000)), '+Inf']);
  expect(buckets.map(([, count]) => count)).toEqual([2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6]);
  expect(text).toContain('d_seconds_count{operation="getThing"} 6');
  expect(Number(/d_seconds_sum\{[^}]+\} (\S+)/.exec(text)?.[1])).toBeCloseTo(60.7327, 6);
  expect(text).not.toContain(TRACE);
  const open = await written('open');
  expect(open).toMatch(new RegExp(`le="0.05"\\} 4 # \\{trace_id="${TRACE}"\\} 0\\.03 \\d+(?:\\.\\d+)?\n`));
  expect(open.endsWith('# EOF\n')).toBe(true);
});
