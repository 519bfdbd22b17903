import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFault } from '#kernel/base/fault.ts';
import { admit, type Breaker, createBreaker, settle, type Verdict } from '#kernel/upstream/breaker.ts';

/** The breaker as its words have it, with a list of what happened in the place of counters. */
interface Model {
  now: number;
  state: Breaker['state'];
  happened: { second: number; verdict: Verdict }[];
  openUntil: number;
  openings: number;
  goodProbes: number;
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
  return model.out.filter(({ era }) => era === model.era).length < (model.goodProbes === 0 ? 1 : 3);
}

function moveTo(model: Model, state: Breaker['state'], random = 0): void {
  model.state = state;
  model.era++;
  model.goodProbes = 0;
  model.happened = [];
  if (state === 'closed') model.openings = 0;
  if (state !== 'open') return;
  const pause = Math.min(60_000, 5_000 * 2 ** model.openings++);
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
      real = admit(breaker, model.now);
    } catch (thrown) {
      open = thrown;
    }
    if (admits(model)) {
      expect(open).toBeUndefined();
      if (model.state === 'open') moveTo(model, 'half-open');
      model.out.push({ era: model.era, real });
    } else {
      expect(isFault(open) && open.reason).toBe('open');
      expect(isFault(open) && open.retryAfter).toBeGreaterThan(0);
    }
    expect(breaker.state).toBe(model.state);
  }
  toString = (): string => 'ask';
}

class End implements fc.Command<Model, Real> {
  readonly verdict: Verdict;
  readonly random: number;
  readonly which: number;
  constructor(verdict: Verdict, random: number, which: number) {
    this.verdict = verdict;
    this.which = which;
    this.random = random;
  }
  check = ({ out }: Readonly<Model>): boolean => out.length > 0;
  run(model: Model, { breaker }: Real): void {
    // Any of them, the latest as well as one from an era that is over.
    const [{ era, real } = { era: 0, real: 0 }] = model.out.splice(this.which % model.out.length, 1);
    settle(breaker, real, this.verdict, model.now, this.random);
    if (era !== model.era) {
      expect(breaker.state).toBe(model.state);
      return;
    }
    if (model.state === 'half-open') {
      if (this.verdict === 'failure') moveTo(model, 'open', this.random);
      else if (this.verdict === 'success' && ++model.goodProbes === 4) moveTo(model, 'closed');
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
  { weight: 4, arbitrary: fc.constant<Verdict>('failure') },
  { weight: 3, arbitrary: fc.constant<Verdict>('success') },
  { weight: 1, arbitrary: fc.constant<Verdict>('neither') },
);
const commands = [
  fc.constant(new Ask()),
  fc.constant(new Ask()),
  fc.tuple(verdict, random, fc.nat()).map(([end, draw, which]) => new End(end, draw, which)),
  fc.tuple(verdict, random, fc.nat()).map(([end, draw, which]) => new End(end, draw, which)),
  fc.oneof(fc.nat(500), fc.nat(6_000), fc.nat(70_000)).map((milliseconds) => new Wait(milliseconds)),
];

const failing = (breaker: Breaker, now: number, times = 5): void => {
  for (let time = 0; time < times; time++) {
    settle(breaker, admit(breaker, now), 'failure', now, 0);
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
          goodProbes: 0,
          era: 0,
          out: [],
        };
        fc.modelRun(() => ({ model, real: { breaker: createBreaker() } }), list);
      }),
      { numRuns: 400 },
    );
  });

  test('never trips over what was neither its upstream’s success nor its failure', () => {
    const breaker = createBreaker();
    for (let time = 0; time < 1_000; time++) {
      settle(breaker, admit(breaker, time), 'neither', time, 0);
    }
    expect(breaker.state).toBe('closed');
  });

  test('opens at half of twenty in ten seconds, though no five fail in a row', () => {
    const breaker = createBreaker();
    const ends: Verdict[] = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'success' : 'failure'));
    for (const [index, end] of ends.entries()) {
      expect(breaker.state).toBe('closed');
      settle(breaker, admit(breaker, index * 400), end, index * 400, 0);
    }
    expect(breaker.state).toBe('open');
  });

  test('rests for 5 s, then twice as long each time, never more than 60 s, with jitter of half', () => {
    const breaker = createBreaker();
    let now = 0;
    failing(breaker, now);
    for (const pause of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      expect(breaker.openUntil - now).toBe(pause / 2);
      expect(() => admit(breaker, breaker.openUntil - 1)).toThrow();
      now = breaker.openUntil;
      settle(breaker, admit(breaker, now), 'failure', now, 0);
    }
  });

  test('starts anew with 5 s once it has closed', () => {
    const breaker = createBreaker();
    failing(breaker, 0);
    settle(breaker, admit(breaker, 2_500), 'failure', 2_500, 0);
    const now = breaker.openUntil;
    for (let probe = 0; probe < 4; probe++) {
      settle(breaker, admit(breaker, now), 'success', now, 0);
    }
    expect(breaker.state).toBe('closed');
    failing(breaker, now);
    expect(breaker.openUntil - now).toBe(2_500);
  });
});
