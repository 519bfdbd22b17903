import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { GuardedTier, TIER_TIMEOUT } from '#kernel/upstream/resilience/guarded-tier.ts';
import { MemoryTier } from '#tests/support/memory-tier.ts';

const MINUTE = 60_000;

let tier: MemoryTier;
let lines: string[];
let guard: GuardedTier;
let left: number;
let leave: () => Promise<void>;

beforeEach(() => {
  resetRegistry();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
  tier = new MemoryTier();
  lines = [];
  left = 0;
  leave = async () => void left++;
  guard = new GuardedTier(tier, { scale: 1, warn: (line) => void lines.push(line), leave: () => leave() });
});
afterEach(() => {
  vi.useRealTimers();
});

const fail = () => Promise.reject(new Error('OOM command not allowed'));
const never = () => new Promise<never>(() => {});
const read = () => guard.read('key');

test('an answer comes through, and is counted', async () => {
  await guard.write('key', 'text', MINUTE);
  expect(await read()).toMatchObject({ answer: { text: 'text' } });
  expect(await guard.claim('key', 'token', 1_000)).toEqual({ answer: true });
  expect(await guard.claim('key', 'token', 1_000)).toEqual({ answer: false });
  await guard.release('key', 'token');
  expect(tierFigures().answers).toBe(5);
  expect([guard.isWell, guard.isWritable]).toEqual([true, true]);
});

test('a tier that does not answer is waited for as long as one command may take', async () => {
  tier.instead = never;
  const asked = read();
  let ended = false;
  asked.then(() => (ended = true));
  await vi.advanceTimersByTimeAsync(TIER_TIMEOUT - 1);
  expect(ended).toBe(false);
  await vi.advanceTimersByTimeAsync(2);
  expect(await asked).toBe('error');
});

test('after five failures in a row it is left alone, and asked again after a while', async () => {
  tier.instead = fail;
  for (let at = 0; at < 20; at++) await read();
  expect(tier.asked.length).toBe(5);
  expect([guard.isWell, guard.isWritable]).toEqual([false, false]);
  tier.instead = undefined;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await read()).toEqual({ answer: undefined });
  await vi.advanceTimersByTimeAsync(5_000);
  await read();
  expect(guard.isWell).toBe(true);
});

test('what it does not take has a breaker of its own: reading goes on', async () => {
  tier.instead = (command) => (command === 'read' ? undefined : fail());
  for (let at = 0; at < 20; at++) expect(await read()).toEqual({ answer: undefined });
  for (let at = 0; at < 20; at++) await guard.write('key', 'text', MINUTE);
  expect(tier.asked.filter((command) => command === 'write').length).toBe(5);
  expect([guard.isWell, guard.isWritable]).toEqual([true, false]);
});

test('only so many commands are under way at once, and those that are late still count', async () => {
  tier.instead = never;
  const asked = Array.from({ length: 300 }, read);
  expect(tier.asked.length).toBe(256);
  await vi.advanceTimersByTimeAsync(TIER_TIMEOUT + 10);
  expect((await Promise.all(asked)).filter((answer) => answer === 'skipped').length).toBe(44);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(await read()).toBe('skipped');
  expect(tier.asked.length).toBe(256);
});

test('it is reported once a minute, with how often it failed', async () => {
  tier.unavailableReason = 'connect ECONNREFUSED';
  await read();
  expect(lines, 'it may take a while to connect').toEqual([]);
  await vi.advanceTimersByTimeAsync(6_000);
  for (let at = 0; at < 50; at++) await read();
  expect(lines.length).toBe(1);
  expect(lines[0]).toContain('connect ECONNREFUSED');
  await vi.advanceTimersByTimeAsync(MINUTE + 1);
  await read();
  expect(lines.length).toBe(2);
  expect(lines[1]).toContain('(50 times');
  expect(tier.asked).toEqual([]);
});

describe('what is withdrawn while the tier takes nothing', () => {
  const LIFE = 10 * MINUTE;
  const refuseWrites = async () => {
    tier.instead = (command) => (command === 'read' ? undefined : fail());
    for (let at = 0; at < 5; at++) await guard.write('other', 'text', MINUTE);
    expect(guard.isWritable).toBe(false);
  };

  test('is not read here any more, and is taken out once that is possible', async () => {
    for (const key of ['a', 'b']) await guard.write(key, 'old', MINUTE);
    await refuseWrites();
    for (const key of ['a', 'b']) await guard.withdraw(key, LIFE);
    expect([await guard.read('a'), tier.texts.size]).toEqual([{ answer: undefined }, 2]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(tier.texts.size).toBe(2);
    tier.instead = undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(tier.texts.size).toBe(0);
    const removals = tier.asked.filter((command) => command === 'remove').length;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(tier.asked.filter((command) => command === 'remove').length).toBe(removals);
  });

  test('once without an answer is taken out again', async () => {
    await guard.write('a', 'old', MINUTE);
    tier.instead = (command) => (command === 'remove' ? fail() : undefined);
    await guard.withdraw('a', LIFE);
    tier.instead = undefined;
    await vi.advanceTimersByTimeAsync(500);
    expect(tier.texts.size).toBe(0);
  });

  test('is left alone where something newer has come in its place', async () => {
    await guard.write('a', 'old', MINUTE);
    tier.instead = (command) => (command === 'remove' ? fail() : undefined);
    await guard.withdraw('a', LIFE);
    await guard.write('a', 'new', LIFE);
    tier.instead = undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await guard.read('a')).toMatchObject({ answer: { text: 'new' } });
  });

  test('is forgotten once it has run out by itself', async () => {
    await refuseWrites();
    await guard.withdraw('a', 1_000);
    await vi.advanceTimersByTimeAsync(10_000);
    const asked = tier.asked.length;
    tier.instead = undefined;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(tier.asked.length).toBe(asked);
  });

  test('and is too much to be remembered: nothing is read until all is left behind, once the tier takes something', async () => {
    await guard.write('a', 'old', LIFE);
    await refuseWrites();
    // However much comes: it is one outage.
    for (let at = 0; at <= 30_000; at++) await guard.withdraw(`k${at}`, LIFE);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([left, await guard.read('a')]).toEqual([0, { answer: undefined }]);
    leave = () => Promise.reject(new Error('the state is away'));
    tier.instead = undefined;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await guard.read('a')).toEqual({ answer: undefined });
    leave = async () => void left++;
    await vi.advanceTimersByTimeAsync(5_000);
    expect([left, await guard.read('a')]).toMatchObject([1, { answer: { text: 'old' } }]);
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(left).toBe(1);
  });

  test('counts no longer once it has run out, though another can’t be taken out', async () => {
    await guard.write('a', 'there', LIFE);
    await refuseWrites();
    await guard.withdraw('long', LIFE);
    for (let at = 0; at < 9_999; at++) await guard.withdraw(`k${at}`, 1_000);
    await vi.advanceTimersByTimeAsync(2_000);
    for (let at = 0; at < 9_000; at++) await guard.withdraw(`l${at}`, LIFE);
    expect(await guard.read('a')).toMatchObject({ answer: { text: 'there' } });
    tier.instead = undefined;
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(left).toBe(0);
  });
});
