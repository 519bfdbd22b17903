import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { adapt, boundBacklog, createConcurrencyLimit } from '#kernel/base/load/concurrency-limit.ts';
import { countInUse, countQueued, isCongested } from '#kernel/base/load/congestion.ts';
import {
  admitWork,
  countRefusal,
  finishWork,
  LOAD_CLASSES,
  leavesOutOptional,
  load,
  scaleLoadTarget,
} from '#kernel/base/load/load.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import { delayLoop, steadyLoop } from '#tests/support/steady-loop.ts';

beforeEach(() => {
  resetRegistry();
  steadyLoop();
  load().limit.limit = 100;
  load().limit.judgedAt = Number.POSITIVE_INFINITY;
});

const fill = (count: number) => {
  for (let taken = 0; taken < count; taken++) admitWork('write', 0);
};

describe('work', () => {
  test('is taken on by class: anonymous reads are refused first, then personal ones, then writes', () => {
    const refused = (underWay: number) => {
      load().underWay = underWay;
      return LOAD_CLASSES.filter((loadClass) => !admitWork(loadClass, 0));
    };
    expect(refused(79)).toEqual([]);
    expect(refused(80)).toEqual(['anonymous']);
    expect(refused(90)).toEqual(['anonymous', 'personal']);
    expect(refused(100)).toEqual(['anonymous', 'personal', 'write']);
  });

  test('makes room when it is finished, and is counted', () => {
    fill(100);
    expect(admitWork('write', 0)).toBe(false);
    countRefusal('write');
    finishWork();
    expect(admitWork('write', 0)).toBe(true);
    expect(load().counts.write).toEqual({ admitted: 101, refused: 1 });
  });

  test('is bounded once the loop stood still, and not for one that is late by a little', () => {
    load().limit.limit = 400;
    delayLoop(99);
    admitWork('write', 0);
    expect(load().limit.limit).toBe(400);
    delayLoop(101);
    admitWork('write', 0);
    expect(load().limit.limit).toBe(164);
  });

  test('is not refused for a loop that is late by less than what optional sections are left out for, twice and a half', () => {
    load().limit.limit = 400;
    load().limit.judgedAt = 0;
    delayLoop(50);
    admitWork('write', 0);
    expect(load().limit.limit).toBe(400);
    load().limit.judgedAt = 0;
    delayLoop(70);
    admitWork('write', 0);
    expect(load().limit.limit).toBeLessThan(400);
  });

  test('leaves optional sections out where half of the limit is under way and the loop is behind, and not for one of them', () => {
    fill(50);
    expect(leavesOutOptional()).toBe(false);
    delayLoop(30);
    expect(leavesOutOptional()).toBe(true);
    // Who waits longer anyway bears more of it.
    scaleLoadTarget(2);
    expect(leavesOutOptional()).toBe(false);
    delayLoop(50);
    expect(leavesOutOptional()).toBe(true);
    finishWork();
    expect(leavesOutOptional()).toBe(false);
  });
});

describe('queues at upstreams', () => {
  /** So many upstreams in use, of which at so many calls wait. */
  const queues = (inUse: number, queued: number, now = 0) => {
    for (let more = load().congestion.inUse; more < inUse; more++) countInUse(load().congestion, 1, now);
    for (let more = load().congestion.queued; more < queued; more++) countQueued(load().congestion, 1, now);
    for (let less = load().congestion.queued; less > queued; less--) countQueued(load().congestion, -1, now);
  };

  test.each([
    { inUse: 12, queued: 1, congested: false, what: 'one of twelve is slow' },
    { inUse: 12, queued: 5, congested: false, what: 'five of twelve are' },
    { inUse: 12, queued: 6, congested: true, what: 'half of them have one' },
    { inUse: 2, queued: 2, congested: false, what: 'there are only two' },
    { inUse: 3, queued: 3, congested: true, what: 'all three have one' },
  ])('are congestion: $congested, where $what', ({ inUse, queued, congested }) => {
    queues(inUse, queued);
    expect(isCongested(load().congestion, 1_000)).toBe(congested);
  });

  test('are a burst, until they have stood for 100 ms', () => {
    queues(4, 4, 50);
    expect(isCongested(load().congestion, 149)).toBe(false);
    expect(isCongested(load().congestion, 150)).toBe(true);
    queues(4, 1, 160);
    queues(4, 4, 161);
    expect(isCongested(load().congestion, 200)).toBe(false);
  });

  test('make the limit come down, though the loop is on time, and let it rise again', () => {
    // In the past: of the time to come the process has run none.
    const began = performance.now() - 10_000;
    queues(4, 4, began);
    load().limit.limit = 400;
    for (let passed = 200; passed <= 2_000; passed += 200) {
      load().limit.judgedAt = began;
      admitWork('write', began + passed);
      finishWork();
    }
    expect(load().limit.limit).toBeLessThan(45);
    queues(4, 0, began + 2_000);
    load().limit.judgedAt = began;
    const { limit } = load().limit;
    admitWork('write', began + 2_200);
    expect(load().limit.limit).toBeGreaterThan(limit);
  });
});

describe('a concurrency limit', () => {
  /** Plays a process that has so much to do: its loop is late by what is under way beyond its capacity. */
  function settleAt(capacity: number, demand: number, periods: number): number[] {
    const limit = createConcurrencyLimit();
    const seen: number[] = [];
    for (let period = 0; period < periods; period++) {
      const underWay = Math.min(demand, limit.limit);
      adapt(limit, underWay, () => (20 * underWay) / capacity, 20, period * 200);
      seen.push(limit.limit);
    }
    return seen;
  }

  test('comes down to what the process can do, from any side, and stays there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 800 }), (capacity) => {
        for (const limit of settleAt(capacity, 5_000, 300).slice(-50)) {
          expect(limit).toBeGreaterThanOrEqual(capacity * 0.9);
          // The queue of the gradient: the square root of the limit, at its fixed point.
          expect(limit).toBeLessThanOrEqual(capacity + Math.sqrt(capacity) * 2 + 10);
        }
      }),
    );
  });

  test('neither grows where no one asks for it, nor shrinks for a loop that is on time', () => {
    const seen = settleAt(1_000, 3, 100);
    expect(new Set(seen).size).toBe(1);
  });

  test('is back at what it began with some seconds after a time that was too much, though hardly a request comes', () => {
    const limit = createConcurrencyLimit();
    for (let period = 0; period < 50; period++) adapt(limit, 5_000, () => 500, 20, period * 200);
    expect(limit.limit).toBe(32);
    for (let period = 50; period < 100; period++) adapt(limit, 1, () => 0, 20, period * 200);
    expect(limit.limit).toBe(400);
  });

  test('of a process that stood still is what is usual, and what comes in a quarter of a second', () => {
    const limit = createConcurrencyLimit();
    for (let period = 0; period < 40; period++) adapt(limit, 30, () => 0, 20, period * 200);
    boundBacklog(limit, 400);
    expect(limit.limit).toBe(130);
    // What was under way while it was late is not usual.
    for (let period = 40; period < 45; period++) adapt(limit, 900, () => 500, 20, period * 200);
    expect(limit.usual).toBe(30);
    boundBacklog(limit, 0);
    expect(limit.limit).toBeLessThanOrEqual(94);
  });

  test('never shuts, and never opens beyond its bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5_000), fc.double({ min: 0, max: 10_000, noNaN: true }))), (periods) => {
        const limit = createConcurrencyLimit();
        for (const [period, [underWay, delay]] of periods.entries()) {
          adapt(limit, underWay, () => delay, 20, period * 200);
          expect(limit.limit).toBeGreaterThanOrEqual(32);
          expect(limit.limit).toBeLessThanOrEqual(1_000);
        }
      }),
    );
  });
});
