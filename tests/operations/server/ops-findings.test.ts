import { beforeEach, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { createOverrides } from '#kernel/state/overrides.ts';
import { answered, countAnswer } from '#kernel/telemetry/answered.ts';
import { createUpstreamState, type UpstreamState } from '#kernel/upstream/lane/state.ts';
import { countExchange } from '#kernel/upstream/lane/traffic.ts';
import { opsFindings } from '#operations/shape/ops/findings.ts';
import { upstreamRows } from '#operations/shape/ops/upstream-rows.ts';
import { noteToken, tokenFailures } from '#services/credentials/tokens.ts';

beforeEach(resetRegistry);

const NOW = 1_000_000;
const WELL = { waiting: 0, parked: 0, overdue: 0 };
const CALM = { lostShare: 0, refused: { share: 0, of: 0 } };
const DEADLINES = new Map([['getThing', 100]]);

const findings = (
  upstreams: Record<string, UpstreamState> = {},
  inbox: typeof WELL | undefined = WELL,
  away = false,
  load: Parameters<typeof opsFindings>[0]['load'] = CALM,
) => {
  const states = new Map(Object.entries(upstreams));
  const addresses = Object.fromEntries([...states.keys()].map((name) => [name, { url: 'http://a/', mocked: false }]));
  const rows = upstreamRows(addresses, { upstreams: states, overrides: createOverrides() }, NOW, NOW);
  const counted = { now: NOW, upstreams: rows, tokenless: tokenFailures().map(({ upstream }) => upstream) };
  const told = { ...counted, operations: answered(), inbox: away ? undefined : inbox, load };
  return opsFindings(told, DEADLINES).map(({ alert, about }) => `${alert} ${about}`);
};

function answers(many: number, more: { status?: number; duration?: number; operation?: string } = {}): void {
  const one = { operation: 'getThing', lane: '', method: 'GET', status: 200, sections: {}, duration: 1, cache: 'miss' };
  for (let count = 0; count < many; count++) countAnswer({ ...one, cache: 'miss', ...more }, NOW);
}

function upstream(good: number, bad: number): UpstreamState {
  const state = createUpstreamState();
  for (let count = 0; count < good; count++) countExchange(state.traffic, NOW, 1, undefined);
  for (let count = 0; count < bad; count++) countExchange(state.traffic, NOW, 1, 'timeout');
  return state;
}

test('nothing hurts where nothing happens, and few answers say nothing', () => {
  expect(findings()).toEqual([]);
  answers(10);
  answers(9, { status: 502 });
  expect(findings({ a: upstream(10, 9) })).toEqual([]);
});

test('a limit is where it says it is', () => {
  answers(97);
  answers(3, { status: 502 });
  expect(findings({ a: upstream(95, 5) })).toEqual([]);
  answers(1, { status: 502 });
  expect(findings({ a: upstream(95, 6) })).toEqual(['CompletenessLow getThing', 'UpstreamErrors a']);
});

test('that we say that we are not ready is no lack, nor is what a client got wrong', () => {
  answers(30, { operation: 'getReadiness', status: 503 });
  answers(30);
  answers(300, { status: 404 });
  expect(findings()).toEqual([]);
});

test('the worst comes first', () => {
  const cutOff = upstream(0, 3);
  Object.assign(cutOff.breaker, { state: 'open', openUntil: NOW + 1, openedAt: NOW });
  answers(30, { status: 502, duration: 99 });
  const all = findings({ down: cutOff, failing: upstream(10, 30) }, { waiting: 9, parked: 1, overdue: 300_001 });
  expect(all).toEqual([
    'UpstreamDown down',
    'CompletenessLow getThing',
    'UpstreamErrors failing',
    'OperationSlow getThing',
    'InboxParked inbox',
    'InboxOverdue inbox',
  ]);
  expect(findings({}, undefined, true)[0]).toBe('StoreUnreachable store');
});

test('a process that has too much to do says so before it reports what follows from it', () => {
  const cutOff = upstream(0, 3);
  Object.assign(cutOff.breaker, { state: 'open', openUntil: NOW + 1, openedAt: NOW });
  const busy = { lostShare: 0.11, refused: { share: 0.02, of: 20 } };
  expect(findings({ down: cutOff }, WELL, false, busy)).toEqual([
    'Overloaded process',
    'ProcessBusy process',
    'UpstreamDown down',
  ]);
  const few = { lostShare: 0.9, refused: { share: 0.9, of: 19 } };
  expect(findings({}, WELL, false, few)).toEqual([]);
});

test('an upstream that gets no token of ours is reported, until it has one', () => {
  noteToken('getsNone', 'no token from https://login.test: invalid_client');
  expect(findings()).toEqual(['TokenUnavailable getsNone']);
  noteToken('getsNone', undefined);
  expect(findings()).toEqual([]);
});
