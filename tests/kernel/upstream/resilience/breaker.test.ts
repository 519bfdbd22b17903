import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCallError } from '#kernel/base/call-error.ts';
import {
  acquire,
  type Breaker,
  type CallVerdict,
  createBreaker,
  settleCall,
} from '#kernel/upstream/resilience/breaker.ts';
import { runs } from '#tests/support/long.ts';

/** The breaker as its words have it, with a list of what happened in the place of counters. */
interface Model {
  now: number;
  state: Breaker['state'];
  happened: { second: number; verdict: CallVerdict }[];
  openUntil: number;
  openings: number;
  /** How the calls of the slow start ended so far, and when the first of them went well. */
  slow: CallVerdict[];
  wellSince: number | undefined;
  era: number;
  /** The calls that have not ended, by the era in which they were let through; `real` is the breaker's word for it. */
  out: { era: number; real: number }[];
}

interface Real {
  readonly breaker: Breaker;
}

function admits(model: Model): boolean {
  if (model.state === 'closed') return true;
  if (model.state === 'open') return model.now >= model.openUntil;
  return slowStartIsOver(model) || model.out.filter(({ era }) => era === model.era).length < permitted(model);
}

const slowStartIsOver = ({ wellSince, now }: Model) => wellSince !== undefined && now >= wellSince + 3_000;

/** One more for each success, half as many after each failure; before the first success up to four, where nothing is told. */
const permitted = ({ slow }: Model) =>
  slow.reduce((most, verdict, at) => {
    if (verdict === 'success') return most + 1;
    if (verdict === 'failure') return Math.max(1, Math.floor(most / 2));
    return slow.slice(0, at).includes('success') ? most : Math.min(4, most * 2);
  }, 1);

const lastThreeFailed = ({ slow }: Model) => {
  const told = slow.filter((verdict) => verdict !== 'neither').slice(-3);
  return told.length === 3 && told.every((verdict) => verdict === 'failure');
};

function moveTo(model: Model, state: Breaker['state'], random = 0): void {
  model.state = state;
  model.era++;
  model.slow = [];
  model.wellSince = undefined;
  model.happened = [];
  if (state === 'closed') model.openings = 0;
  if (state !== 'open') return;
  const pause = Math.min(4_000, 2_000 * 2 ** model.openings++);
  model.openUntil = model.now + pause / 2 + (pause / 2) * random;
}

function shouldTrip({ happened, now }: Model): boolean {
  const counted = happened.filter(({ verdict }) => verdict !== 'neither');
  const lastFive = counted.slice(-5);
  if (lastFive.length === 5 && lastFive.every(({ verdict }) => verdict === 'failure')) return true;
  const recent = counted.filter(({ second }) => second > Math.floor(now / 1_000) - 10);
  const failures = recent.filter(({ verdict }) => verdict === 'failure').length;
  return recent.length >= 20 && failures >= recent.length / 2 && counted.at(-1)?.verdict === 'failure';
}

class Ask implements fc.Command<Model, Real> {
  check = (): boolean => true;
  run(model: Model, { breaker }: Real): void {
    let open: unknown;
    let real = 0;
    try {
      real = acquire(breaker, model.now);
    } catch (thrown) {
      open = thrown;
    }
    if (admits(model)) {
      expect(open).toBeUndefined();
      if (model.state === 'open') moveTo(model, 'half-open');
      else if (model.state === 'half-open' && slowStartIsOver(model)) moveTo(model, 'closed');
      model.out.push({ era: model.era, real });
    } else {
      expect(isCallError(open) && open.reason).toBe('open');
      expect(isCallError(open) && open.retryAfter).toBeGreaterThan(0);
    }
    expect(breaker.state).toBe(model.state);
  }
  toString = (): string => 'ask';
}

class End implements fc.Command<Model, Real> {
  readonly verdict: CallVerdict;
  readonly random: number;
  readonly which: number;
  constructor(verdict: CallVerdict, random: number, which: number) {
    this.verdict = verdict;
    this.which = which;
    this.random = random;
  }
  check = ({ out }: Readonly<Model>): boolean => out.length > 0;
  run(model: Model, { breaker }: Real): void {
    // Any of them, the latest as well as one from an era that is over.
    const [{ era, real } = { era: 0, real: 0 }] = model.out.splice(this.which % model.out.length, 1);
    settleCall(breaker, real, this.verdict, model.now, this.random);
    if (era !== model.era) {
      expect(breaker.state).toBe(model.state);
      return;
    }
    if (model.state === 'half-open') {
      model.slow.push(this.verdict);
      if (this.verdict === 'success') {
        model.wellSince ??= model.now;
        if (permitted(model) >= 64 || slowStartIsOver(model)) moveTo(model, 'closed');
      } else if (this.verdict === 'failure' && (model.wellSince === undefined || lastThreeFailed(model))) {
        moveTo(model, 'open', this.random);
      }
    } else {
      const before = model.state;
      model.happened.push({ second: Math.floor(model.now / 1_000), verdict: this.verdict });
      if (before === 'closed' && this.verdict === 'failure' && shouldTrip(model)) moveTo(model, 'open', this.random);
    }
    expect(breaker.state).toBe(model.state);
    if (model.state === 'open') expect(breaker.openUntil).toBe(model.openUntil);
  }
  toString = (): string => `end(${this.verdict})`;
}

class Wait implements fc.Command<Model, Real> {
  readonly milliseconds: number;
  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
  check = (): boolean => true;
  run(model: Model): void {
    model.now += this.milliseconds;
  }
  toString = (): string => `wait(${this.milliseconds})`;
}

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const verdict = fc.oneof(
  { weight: 4, arbitrary: fc.constant<CallVerdict>('failure') },
  { weight: 3, arbitrary: fc.constant<CallVerdict>('success') },
  { weight: 1, arbitrary: fc.constant<CallVerdict>('neither') },
);
const commands = [
  fc.constant(new Ask()),
  fc.constant(new Ask()),
  fc.tuple(verdict, random, fc.nat()).map(([end, draw, which]) => new End(end, draw, which)),
  fc.tuple(verdict, random, fc.nat()).map(([end, draw, which]) => new End(end, draw, which)),
  fc.oneof(fc.nat(500), fc.nat(2_000), fc.nat(6_000)).map((milliseconds) => new Wait(milliseconds)),
];

const failing = (breaker: Breaker, now: number, times = 5): void => {
  for (let time = 0; time < times; time++) {
    settleCall(breaker, acquire(breaker, now), 'failure', now, 0);
  }
};

describe('a breaker', () => {
  test('behaves as its reference does, under any sequence of calls, ends and waits', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 120, size: 'max' }), (list) => {
        const model: Model = {
          now: 1_000,
          state: 'closed',
          happened: [],
          openUntil: 0,
          openings: 0,
          slow: [],
          wellSince: undefined,
          era: 0,
          out: [],
        };
        fc.modelRun(() => ({ model, real: { breaker: createBreaker() } }), list);
      }),
      { numRuns: runs(400) },
    );
  });

  test('never trips over what was neither its upstream’s success nor its failure', () => {
    const breaker = createBreaker();
    for (let time = 0; time < 1_000; time++) {
      settleCall(breaker, acquire(breaker, time), 'neither', time, 0);
    }
    expect(breaker.state).toBe('closed');
  });

  test('opens at half of twenty in ten seconds, though no five fail in a row', () => {
    const breaker = createBreaker();
    const ends: CallVerdict[] = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'success' : 'failure'));
    for (const [index, end] of ends.entries()) {
      expect(breaker.state).toBe('closed');
      settleCall(breaker, acquire(breaker, index * 400), end, index * 400, 0);
    }
    expect(breaker.state).toBe('open');
  });

  test('rests for 2 s, then twice as long each time, never more than 4 s, with jitter of half', () => {
    const breaker = createBreaker();
    let now = 0;
    failing(breaker, now);
    for (const pause of [2_000, 4_000, 4_000, 4_000]) {
      expect(breaker.openUntil - now).toBe(pause / 2);
      expect(() => acquire(breaker, breaker.openUntil - 1)).toThrow();
      now = breaker.openUntil;
      settleCall(breaker, acquire(breaker, now), 'failure', now, 0);
    }
  });

  test('starts anew with 2 s once it has closed', () => {
    const breaker = createBreaker();
    failing(breaker, 0);
    settleCall(breaker, acquire(breaker, 1_000), 'failure', 1_000, 0);
    const now = breaker.openUntil;
    settleCall(breaker, acquire(breaker, now), 'success', now, 0);
    acquire(breaker, now + 3_000);
    expect(breaker.state).toBe('closed');
    failing(breaker, now);
    expect(breaker.openUntil - now).toBe(1_000);
  });

  test('rests no longer for a probe of unknown outcome, and lets the next ones go, four at once', () => {
    const breaker = createBreaker();
    failing(breaker, 0);
    const { openUntil, openings } = breaker;
    for (let probe = 0; probe < 50; probe++) settleCall(breaker, acquire(breaker, openUntil), 'neither', openUntil, 0);
    expect(breaker).toMatchObject({ state: 'half-open', openings, permitted: 4 });
    settleCall(breaker, acquire(breaker, openUntil), 'success', openUntil, 0);
    expect(breaker.permitted).toBe(5);
  });

  test('opens wide with what goes well: never more at once than went well before, and one', () => {
    const breaker = createBreaker();
    failing(breaker, 0);
    const now = breaker.openUntil;
    let went = 0;
    while (breaker.state !== 'closed') {
      const eras: number[] = [];
      for (;;) {
        try {
          eras.push(acquire(breaker, now));
        } catch {
          break;
        }
      }
      expect(eras.length).toBeLessThanOrEqual(went + 1);
      for (const era of eras) settleCall(breaker, era, 'success', now, 0);
      went += eras.length;
    }
    expect(went).toBeGreaterThanOrEqual(63);
  });
});

interface Outage {
  /** Milliseconds from one call to the next, at most. */
  readonly gap: number;
  /** Milliseconds that an answer takes, at most; that a failure takes. */
  readonly latency: number;
  readonly failsAfter: number;
  /** Milliseconds for which the upstream fails. */
  readonly lasts: number;
  /** The share of calls of which nobody can tell. */
  readonly untold: number;
  readonly seed: number;
}

/** Plays an outage on a virtual clock; gives back the last moment, counted from its end, at which a call was refused. */
function lastRefusal({ gap, latency, failsAfter, lasts, untold, seed }: Outage): number {
  const breaker = createBreaker();
  const draw = mulberry(seed);
  const under: { ends: number; era: number; verdict: CallVerdict }[] = [];
  const END = lasts + 15_000;
  let refused = Number.NEGATIVE_INFINITY;
  for (let now = 1; now < END; now += 1 + draw() * gap) {
    for (const call of under.filter(({ ends }) => ends <= now).sort((a, b) => a.ends - b.ends)) {
      under.splice(under.indexOf(call), 1);
      settleCall(breaker, call.era, call.verdict, call.ends, draw());
    }
    const fails = now < lasts;
    try {
      const era = acquire(breaker, now);
      const verdict = draw() < untold ? 'neither' : fails ? 'failure' : 'success';
      under.push({ ends: now + (fails ? failsAfter : draw() * latency), era, verdict });
    } catch {
      refused = now - lasts;
    }
  }
  return refused;
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const outages = fc.record({
  gap: fc.oneof(fc.constantFrom(5, 40), fc.integer({ min: 1, max: 2_000 })),
  latency: fc.oneof(fc.constantFrom(5, 50), fc.integer({ min: 1, max: 800 })),
  failsAfter: fc.oneof(fc.constantFrom(1, 800), fc.integer({ min: 1, max: 800 })),
  lasts: fc.integer({ min: 0, max: 30_000 }),
  untold: fc.constantFrom(0, 0.1, 0.5),
  seed: fc.integer(),
});

test('an outage in which half of the calls show nothing, as it was found', () => {
  const outage = { gap: 5, latency: 784, failsAfter: 4, lasts: 28_502, untold: 0.5, seed: 2_055_472_247 };
  expect(lastRefusal(outage)).toBeLessThanOrEqual(10_000);
});

test('after an outage of any kind, at any load, no call is refused 10 s after its end', () => {
  fc.assert(
    fc.property(outages, (outage) => {
      expect(lastRefusal(outage)).toBeLessThanOrEqual(10_000);
    }),
    { numRuns: runs(80) },
  );
});
