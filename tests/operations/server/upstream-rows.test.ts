import { beforeEach, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { SLICE } from '#kernel/base/time/window.ts';
import { setOverride } from '#kernel/state/overrides.ts';
import { type LaneState, laneState, upstreamState } from '#kernel/upstream/lane/state.ts';
import { countExchange } from '#kernel/upstream/lane/traffic.ts';
import { acquire, settleCall } from '#kernel/upstream/resilience/breaker.ts';
import { upstreamRows } from '#operations/shape/ops/upstream-rows.ts';

let lane: LaneState;
const NOW = 100 * SLICE;
const WALL = 1_000_000_000;
const names = ['calm', 'failing', 'never', 'open', 'quiet'];
const addresses = Object.fromEntries(
  names.map((name) => [name, { url: `http://127.0.0.1:4000/${name}/`, mocked: true }]),
);
const rows = (now = NOW) => upstreamRows(addresses, lane, now, WALL);
const row = (name: string, now = NOW) => rows(now).find((one) => one.name === name);

beforeEach(() => {
  resetRegistry();
  lane = laneState('');
  const traffic = (name: string) => upstreamState(lane, name).traffic;
  countExchange(traffic('calm'), NOW, 10, undefined);
  countExchange(traffic('quiet'), NOW - 21 * SLICE, 10, 'timeout');
  countExchange(traffic('failing'), NOW, 10, undefined);
  countExchange(traffic('failing'), NOW, 10, 'timeout');
  const { breaker, traffic: broken } = upstreamState(lane, 'open');
  for (let call = 0; call < 5; call++) {
    settleCall(breaker, acquire(breaker, NOW), 'failure', NOW, 0);
    countExchange(broken, NOW, 10, 'unavailable');
  }
});

test('what does most harm comes first, and of what was not called nothing is claimed', () => {
  expect(rows().map(({ name, health }) => [name, health])).toEqual([
    ['open', 'open'],
    ['failing', 'failing'],
    ['calm', 'well'],
    ['quiet', 'quiet'],
    ['never', 'quiet'],
  ]);
  expect(row('never')).toMatchObject({ calls: 0, idle: undefined, lastGood: undefined, stats: { p50: undefined } });
  expect(row('quiet')?.idle).toBe(21 * SLICE);
});

test('an open breaker says since when, and when the next probe goes; until then nothing is counted as its end', () => {
  const before = row('open', NOW + 400);
  expect(before?.probeIn).toBe(600);
  expect(before?.since).toBe(WALL - 400);
  const { breaker } = upstreamState(lane, 'open');
  settleCall(breaker, acquire(breaker, NOW + 3_000), 'failure', NOW + 3_000, 0);
  // It opened again without having closed: the trouble began where it began.
  expect(row('open', NOW + 4_000)?.since).toBe(WALL - 4_000);
});

test('looking changes nothing, and makes no state for who was never called', () => {
  rows();
  expect(rows()).toEqual(rows());
  expect(lane.upstreams.has('never')).toBe(false);
});

test('what an override holds back stands first, until it ends', () => {
  const at = Date.now();
  setOverride(
    lane.overrides,
    { kind: 'open', upstream: 'calm', id: '1', why: 'it hurts', who: 'me', at, until: at + 60_000 },
    at,
  );
  expect(rows()[0]).toMatchObject({ name: 'calm', health: 'held', breaker: 'closed' });
  expect(rows()[0]?.isolated).toBeGreaterThan(50_000);
  setOverride(lane.overrides, { kind: 'open', upstream: 'calm', id: '2', why: 'enough', who: 'me', at, until: at }, at);
  expect(row('calm')).toMatchObject({ health: 'well', isolated: undefined });
});
