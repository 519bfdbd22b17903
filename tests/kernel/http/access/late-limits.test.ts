import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { SharedCounter } from '#kernel/http/access/counter.ts';

const INSTANCES = 3;
const PATIENCE = 250;
const POLICY = { quota: 12, seconds: 600 };
const SHARE = POLICY.quota / INSTANCES;

afterEach(() => {
  vi.useRealTimers();
});

/** A store that counts at once, and answers when it is told to. */
class LateStore {
  #points = 0;
  readonly query = async (lateness: number) => {
    const points = ++this.#points;
    await new Promise((resolve) => setTimeout(resolve, lateness));
    return { rows: [{ points, expire: Date.now() + POLICY.seconds * 1_000 }], rowCount: 1 };
  };
}

interface Asked {
  readonly instance: number;
  /** Milliseconds after the one before. */
  readonly after: number;
  /** Until the store has answered it. */
  readonly lateness: number;
}

/** What is let through, and how much of it may be: the quota, and what an instance waited for when it first heard "over". */
async function play(asked: readonly Asked[]): Promise<{ through: number; most: number; late: number }> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const store = new LateStore();
  let through = 0;
  let late = 0;
  let most = POLICY.quota;
  const instances = Array.from({ length: INSTANCES }, () => {
    /** When each of those was asked that the store has yet to answer. */
    const waiting = new Set<{ readonly at: number }>();
    let hasHeard = false;
    let lateness = 0;
    const query = async () => {
      const mine = { at: performance.now() };
      waiting.add(mine);
      const answer = await store.query(lateness);
      waiting.delete(mine);
      if ((answer.rows[0]?.points ?? 0) > POLICY.quota && !hasHeard) {
        hasHeard = true;
        const fallen = [...waiting, mine].filter(({ at }) => performance.now() - at >= PATIENCE).length;
        most += Math.min(SHARE, fallen);
      }
      return answer;
    };
    const counter = new SharedCounter('reads', POLICY, { query, instances: INSTANCES, patience: PATIENCE });
    return async (after: number) => {
      lateness = after;
      if (after > PATIENCE) late++;
      if (!(await counter.count('ada')).over) through++;
    };
  });
  const all: Promise<void>[] = [];
  for (const { instance, after, lateness } of asked) {
    await vi.advanceTimersByTimeAsync(after);
    all.push((instances[instance] as (typeof instances)[number])(lateness));
  }
  await vi.advanceTimersByTimeAsync(10_000);
  await Promise.all(all);
  vi.useRealTimers();
  return { through, most, late };
}

const histories = fc.array(
  fc.record({
    instance: fc.nat(INSTANCES - 1),
    after: fc.constantFrom(0, 1, 20, 100),
    lateness: fc.constantFrom(1, 100, 240, 300, 400, 900),
  }),
  { minLength: 20, maxLength: 80 },
);

const inTime = { instance: 0, after: 0, lateness: 1 };
const late = { ...inTime, lateness: 400 };
/** The last that may be, one too many that is answered late, one that is told so meanwhile, and a late one afterwards. */
const KNOWN_MEANWHILE = [
  ...Array.from({ length: POLICY.quota }, () => inTime),
  late,
  inTime,
  { ...late, after: 1_000 },
];

test('while the store is late, no more goes beyond a quota than was late when an instance first heard that it is over', async () => {
  let lateAnswers = 0;
  await fc.assert(
    fc.asyncProperty(histories, async (asked) => {
      const played = await play(asked);
      lateAnswers += played.late;
      expect(played.through).toBeLessThanOrEqual(played.most);
    }),
    { numRuns: 300, examples: [[KNOWN_MEANWHILE]] },
  );
  expect(lateAnswers, 'answers that were late').toBeGreaterThan(0);
}, 120_000);
