import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SLICE, SLICES } from '#kernel/base/time/window.ts';
import { callHits, countSource, createSources, SOURCES, sourceTotals } from '#kernel/upstream/lane/sources.ts';

test('of all calls those of the last quarter of an hour are seen, and none is forgotten in the total', () => {
  const calls = fc.array(
    fc.record({ pause: fc.integer({ min: 0, max: SLICE * SLICES }), source: fc.constantFrom(...SOURCES) }),
    { maxLength: 50 },
  );
  fc.assert(
    fc.property(calls, (all) => {
      const sources = createSources();
      let now = 0;
      const counted = all.map(({ pause, source }) => {
        now += pause;
        countSource(sources, source, now);
        return { source, turn: Math.floor(now / SLICE) };
      });
      const recent = counted.filter(({ turn }) => turn > Math.floor(now / SLICE) - SLICES);
      for (const source of SOURCES) {
        const of = (among: typeof counted) => among.filter((one) => one.source === source).length;
        expect(sourceTotals([sources], now)[source]).toBe(of(recent));
        expect(sources.total[source]).toBe(of(counted));
      }
    }),
  );
});

test('the hit ratio counts what could have been kept', () => {
  expect(callHits({ hit: 1, stale: 1, shared: 1, miss: 1, coalesced: 1, spare: 1, uncached: 9 })).toEqual({
    hits: 2,
    of: 6,
  });
});
