import { beforeEach, describe, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { answered } from '#kernel/telemetry/answered.ts';
import { newTrace, traceFrom } from '#kernel/telemetry/context/trace-context.ts';
import { isTraceWanted, outbox, recordTrace } from '#kernel/telemetry/record-trace.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';

const NONE = { ratio: 0, slow: undefined };
const trace = (more: Partial<RequestTrace> = {}): RequestTrace => ({
  ...{ id: 'a', at: 0, method: 'GET', target: '/', operation: 'getThing', lane: '', status: 200, duration: 1 },
  ...{ deadline: 1_000, bytesOut: 0, cache: 'miss', sections: {}, calls: [], context: newTrace(), ...more },
});
const called = (flags: string) => {
  const traceparent = `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`;
  return traceFrom({ traceparent, tracestate: undefined, baggage: undefined }, []);
};

describe('of traces are exported', () => {
  test.each<[string, Partial<RequestTrace>, boolean]>([
    ['what is well: a share of it, here none', {}, false],
    ['what failed', { status: 503 }, true],
    ['what ended in a problem', { status: 404, problem: 'not-found' }, true],
    ['what nobody offers: a share', { status: 404, problem: 'no-such-route', operation: '' }, false],
    ['what was refused for its rate: a share', { status: 429, problem: 'too-many-requests' }, false],
    ['what is incomplete', { sections: { stock: { state: 'missing' } } }, true],
    ['what takes half of its deadline', { duration: 500 }, true],
    ['what takes a little less', { duration: 499 }, false],
    ['what waited for its client', { duration: 700, waited: 300 }, false],
    ['what has no deadline', { deadline: 0, duration: 5_000 }, false],
    ['what its caller samples', { context: called('01') }, true],
    ['what its caller does not sample, though it failed', { context: called('00'), status: 500 }, false],
    ['what has no place in a trace', { context: undefined, status: 500 }, false],
  ])('%s', (_, more, wanted) => {
    expect(isTraceWanted(trace(more), NONE)).toBe(wanted);
  });

  test('what is slower than a number, where there is one', () => {
    expect(isTraceWanted(trace({ duration: 200 }), { ratio: 0, slow: 200 })).toBe(true);
    expect(isTraceWanted(trace({ duration: 600 }), { ratio: 0, slow: 700 })).toBe(false);
  });

  test('the same share by all instances, and more of them by one that is asked for more', () => {
    const some = Array.from({ length: 4_000 }, () => trace());
    const kept = some.filter((one) => isTraceWanted(one, { ratio: 0.25, slow: undefined }));
    // Twelve deviations.
    expect(Math.abs(kept.length - 1_000)).toBeLessThan(330);
    expect(kept.filter((one) => isTraceWanted(one, { ratio: 0.25, slow: undefined }))).toEqual(kept);
    expect(kept.every((one) => isTraceWanted(one, { ratio: 0.5, slow: undefined }))).toBe(true);
    expect(some.every((one) => isTraceWanted(one, { ratio: 1, slow: undefined }))).toBe(true);
  });
});

describe('exemplars', () => {
  beforeEach(resetRegistry);
  const shown = () =>
    answered()
      .get('getThing')
      ?.durations.exemplars.filter((exemplar) => exemplar !== undefined);

  test('are of traces that are exported, by us or by their caller', () => {
    recordTrace(trace());
    expect(shown()).toEqual([]);
    recordTrace(trace({ context: called('01'), duration: 30 }));
    expect(shown()).toMatchObject([{ traceId: called('01').traceId, value: 30 }]);
    outbox().sampling = NONE;
    recordTrace(trace({ duration: 3_000 }));
    recordTrace(trace({ duration: 40 }));
    expect(shown()?.map(({ value }) => value)).toEqual([30, 3_000]);
  });
});
