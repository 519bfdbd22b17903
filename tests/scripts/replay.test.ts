import { expect, test } from 'vitest';
import type { TraceFile } from '#schemas/view/server/trace-file.ts';
import { scenarioOf } from '../../scripts/replay/scenario.ts';
import { testOf } from '../../scripts/replay/test-of.ts';

const bar = (upstream: string, outcome: string, recovered = false): TraceFile['bars'][number] => ({
  section: upstream,
  upstream,
  call: 'GET x',
  cache: 'miss',
  outcome,
  items: 1,
  attempts: '1',
  recovered,
  onPath: false,
  start: 0,
  end: 1,
  segments: [],
});
const traceOf = (bars: TraceFile['bars'], more: Partial<TraceFile> = {}): TraceFile => ({
  format: 'tributary-trace-1',
  id: 'r',
  at: '2026-11-23T14:00:00.000Z',
  method: 'GET',
  target: '/api/x',
  operation: 'getX',
  lane: '',
  status: 200,
  cache: 'miss',
  duration: 1,
  deadline: 1,
  bytesIn: 0,
  bytesOut: 0,
  sections: {},
  headline: 'x',
  notes: [],
  help: [],
  from: 0,
  to: 1,
  bars,
  ...more,
});

test.each([
  [[bar('reviews', 'timeout')], 'reviews=slow'],
  [[bar('reviews', 'unavailable')], 'reviews=down'],
  [[bar('reviews', 'open')], 'reviews=down'],
  [[bar('reviews', 'contract')], 'reviews=drifted'],
  [[bar('reviews', 'ok', true)], 'reviews=flaky'],
  [[bar('reviews', 'timeout'), bar('reviews', 'unavailable'), bar('reviews', 'ok', true)], 'reviews=down'],
  [[bar('pricing', 'timeout'), bar('catalog', 'contract')], 'catalog=drifted,pricing=slow'],
  [[bar('reviews', 'ok'), bar('catalog', 'not-found'), bar('cart', 'aborted'), bar('elsewhere', 'timeout')], ''],
])('failures are played by what is shaped like them: %#', (bars, scenario) => {
  expect(scenarioOf(traceOf(bars))).toBe(scenario);
});

test('nothing that a file says becomes code of the test', () => {
  const evil = "**//;process.exit()/*'`process.exit()\n\u2028process.exit()";
  const text = testOf(
    'a-name',
    `/api/x?q=${evil}`,
    'reviews=down',
    traceOf([], { at: evil, headline: evil }),
    traceOf([]),
  );
  const comment = /\/\*\* Replayed from (.*) \*\/$/m.exec(text)?.[1] ?? '*/';
  expect(comment).not.toContain('*/');
  const [, literal = ''] = /host\.url \+ ('(?:[^'\\\n]|\\.)*'), \{ headers/.exec(text) ?? [];
  expect(new Function(`return ${literal}`)()).toBe(`/api/x?q=${evil}`);
});
