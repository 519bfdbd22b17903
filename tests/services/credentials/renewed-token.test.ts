import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callError } from '#kernel/base/call-error.ts';
import { createTokenState, currentToken, type Issued } from '#services/credentials/renewed-token.ts';
import { runs } from '#tests/support/long.ts';

/** A token endpoint under a clock of its own; each token is named by its number. */
function endpoint(life: number | undefined, random = () => 0) {
  const state = createTokenState();
  const at = { now: 0, issued: 0, down: false };
  let landing: (() => void)[] = [];
  let held = false;
  const obtain = async (): Promise<Issued> => {
    at.issued++;
    const token = `t${at.issued}`;
    if (held) await new Promise<void>((resolve) => landing.push(resolve));
    if (at.down) throw callError('unavailable', 'away');
    return { token, life };
  };
  const token = (refused?: string) => currentToken(state, { obtain, now: () => at.now, random }, refused);
  return {
    at,
    token,
    hold: () => {
      held = true;
    },
    land: async () => {
      held = false;
      for (const resolve of landing) resolve();
      landing = [];
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('a token is had once, however many ask, and used until it is due', async () => {
  const { at, token } = endpoint(100_000);
  expect(await Promise.all([token(), token(), token()])).toEqual(['t1', 't1', 't1']);
  at.now = 79_999;
  expect(await token()).toBe('t1');
  expect(at.issued).toBe(1);
});

test('one that is due is renewed once, and used meanwhile; one that has ended is waited for', async () => {
  const { at, token, hold, land } = endpoint(100_000);
  await token();
  hold();
  at.now = 80_000;
  expect(await Promise.all([token(), token()])).toEqual(['t1', 't1']);
  expect(at.issued).toBe(2);
  at.now = 90_000;
  const waiting = [token(), token()];
  await land();
  expect(await Promise.all(waiting)).toEqual(['t2', 't2']);
  expect(at.issued).toBe(2);
});

test('processes renew theirs apart', async () => {
  const { at, token } = endpoint(100_000, () => 0.99);
  await token();
  at.now = 71_000;
  await token();
  expect(at.issued).toBe(2);
});

test('a refused one is renewed once for all whom it was refused; the next is renewed no sooner than 10 s after', async () => {
  const { at, token } = endpoint(100_000);
  await token();
  expect(await Promise.all([token('t1'), token('t1')])).toEqual(['t2', 't2']);
  expect(await token('t1')).toBe('t2');
  at.now = 9_999;
  expect(await token('t2')).toBe('t2');
  expect(at.issued).toBe(2);
  at.now = 10_000;
  expect(await token('t2')).toBe('t3');
});

test('while the endpoint is away an old token serves to its end; then it fails at once, and asks seldom', async () => {
  const { at, token } = endpoint(100_000);
  await token();
  at.down = true;
  at.now = 85_000;
  expect(await token()).toBe('t1');
  await new Promise((resolve) => setImmediate(resolve));
  expect(await token()).toBe('t1');
  expect(at.issued).toBe(2);
  at.now = 90_000;
  await expect(token()).rejects.toMatchObject({ reason: 'unavailable' });
  for (let asked = 0; asked < 100; asked++) {
    at.now += 500;
    await token().catch(() => undefined);
  }
  // 1 s, 2 s, 4 s, 8 s, then 10 s each, over 50 s.
  expect(at.issued).toBeLessThanOrEqual(10);
  at.down = false;
  at.now += 10_000;
  expect(await token()).toMatch(/^t/);
});

test('no token is ever given out after its life, and it is renewed once in a life at most', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.option(fc.integer({ min: 1, max: 10_000_000 }), { nil: undefined }),
      fc.array(fc.integer({ min: 0, max: 5_000_000 }), { maxLength: 30 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      async (life, steps, random) => {
        const { at, token } = endpoint(life, () => random);
        const born = new Map<string, number>();
        for (const step of steps) {
          at.now += step;
          const before = at.issued;
          const given = await token();
          await new Promise((resolve) => setImmediate(resolve));
          if (at.issued > before) born.set(`t${at.issued}`, at.now);
          expect(at.now - (born.get(given) ?? Number.NaN)).toBeLessThanOrEqual(life ?? 300_000);
          expect(at.issued - before).toBeLessThanOrEqual(1);
        }
      },
    ),
    { numRuns: runs(60) },
  );
});
