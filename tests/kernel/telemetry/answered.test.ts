import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { createHistogram } from '#kernel/base/time/histogram.ts';
import { SLICE, SLICES } from '#kernel/base/time/window.ts';
import {
  answered,
  answerHits,
  answerOutcome,
  answerStats,
  answersBySlice,
  countAnswer,
} from '#kernel/telemetry/answered.ts';

beforeEach(resetRegistry);

const answer = {
  operation: 'getThing',
  lane: '',
  method: 'GET',
  status: 200,
  sections: {},
  duration: 1,
  cache: 'miss',
} as const;
const PARTIAL = { sections: { price: { state: 'stale', reason: 'timeout' } } } as const;
const KINDS = { whole: {}, partial: PARTIAL, failed: { status: 502 }, refused: { status: 404 } } as const;
type Kind = keyof typeof KINDS;

const own = () => answered().get('getThing') ?? { total: {} as never, durations: createHistogram(), slices: [] };

test('what the last quarter of an hour saw is counted by kind, and what was refused is no lack', () => {
  const steps = fc.array(
    fc.record({
      pause: fc.integer({ min: 0, max: 2 * SLICE * SLICES }),
      kind: fc.constantFrom(...(Object.keys(KINDS) as Kind[])),
    }),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      resetRegistry();
      const counted: { turn: number; kind: Kind }[] = [];
      let now = 0;
      for (const { pause, kind } of all) {
        now += pause;
        countAnswer({ ...answer, ...KINDS[kind] }, now);
        counted.push({ turn: Math.floor(now / SLICE), kind });
      }
      const recent = counted.filter(({ turn }) => turn > Math.floor(now / SLICE) - SLICES);
      const of = (kind: Kind, among = recent) => among.filter((one) => one.kind === kind).length;
      const seen = answerStats(own(), now);
      expect(seen).toMatchObject({ requests: recent.length, whole: of('whole'), partial: of('partial') });
      expect(seen).toMatchObject({ failed: of('failed'), refused: of('refused') });
      const answers = recent.length - of('refused');
      expect(seen.completeness).toBe(answers === 0 ? undefined : of('whole') / answers);
      expect(own().total).toMatchObject({ whole: of('whole', counted), refused: of('refused', counted) });
      const slices = answersBySlice(own(), now).map((slice) => slice?.requests ?? 0);
      expect(slices.reduce((sum, count) => sum + count, 0)).toBe(recent.length);
    }),
  );
});

test('scenarios, watched reads and addresses at which there is nothing do not count', () => {
  countAnswer({ ...answer, lane: 'reviews=down', status: 502 }, 0);
  countAnswer({ ...answer, method: 'LIVE' }, 0);
  countAnswer({ ...answer, operation: '' }, 0);
  expect([...answered().keys()]).toEqual([]);
});

test('the hit ratio is of what could have been kept', () => {
  for (const cache of ['hit', 'hit', 'miss', 'collapsed', 'bypass'] as const) countAnswer({ ...answer, cache }, 0);
  expect(answerHits(0)).toEqual({ hits: 2, of: 4 });
});

test('what a client in a hurry has not waited for is no failure of ours, however late', () => {
  const answer = { status: 200, sections: {}, hurried: true } as const;
  const part = (reason: 'timeout' | 'busy' | 'unavailable') => ({ rating: { state: 'missing', reason } }) as const;
  expect(answerOutcome({ ...answer, status: 504 })).toBe('refused');
  expect(answerOutcome({ ...answer, status: 503, problem: 'overloaded' })).toBe('refused');
  expect(answerOutcome({ ...answer, sections: part('timeout') })).toBe('refused');
  expect(answerOutcome({ ...answer, sections: part('busy') })).toBe('refused');
  expect(answerOutcome({ ...answer, sections: part('unavailable') })).toBe('partial');
  expect(answerOutcome({ ...answer, status: 503, problem: 'upstream-unavailable' })).toBe('failed');
  expect(answerOutcome({ status: 503, sections: {}, problem: 'overloaded' })).toBe('failed');
});
