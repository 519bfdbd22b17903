import { LRUCache } from 'lru-cache';
import type { Pool } from 'undici';
import type { CallError } from '#kernel/base/call-error.ts';
import { type Lane, MAIN_LANE } from '#kernel/base/lane.ts';
import type { Congestion } from '#kernel/base/load/congestion.ts';
import { load } from '#kernel/base/load/load.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { createHistogram, type Histogram } from '#kernel/base/time/histogram.ts';
import { createWindow, type Window } from '#kernel/base/time/window.ts';
import { TransientMap } from '#kernel/base/transient-map.ts';
import { type CallCache, createCallCache, type Entry } from '#kernel/cache/entry.ts';
import { createTagTable, purgeAll, type TagTable } from '#kernel/cache/tags.ts';
import { createOverrides, type Overrides, overrides } from '#kernel/state/overrides.ts';
import type { WireTrace } from '#kernel/telemetry/trace.ts';
import { type Breaker, createBreaker } from '#kernel/upstream/resilience/breaker.ts';
import { type Bulkhead, createBulkhead } from '#kernel/upstream/resilience/bulkhead.ts';
import type { Flight } from '#kernel/upstream/resilience/flight.ts';
import type { Pauses } from '#kernel/upstream/resilience/pauses.ts';
import type { DriftLedger } from './drift.ts';
import { createSources, type Sources } from './sources.ts';
import { createTraffic, type Traffic } from './traffic.ts';

const LANES = 32;
const LANE_CACHE_BYTES = 4 * 1024 * 1024;
const MAIN_CACHE_BYTES = 64 * 1024 * 1024;

/** Everything that requests of one lane share. No other lane can reach it. */
export interface LaneState {
  readonly name: Lane;
  readonly calls: CallCache;
  readonly flights: TransientMap<string, InFlightCall>;
  /** Batches that are forming, by upstream, scope and arguments. */
  readonly batches: TransientMap<string, object>;
  readonly upstreams: Map<string, UpstreamState>;
  /** Sockets, by upstream and address. */
  readonly pools: Map<string, Pool>;
  readonly ledger: DriftLedger;
  /** The overrides on ordinary traffic; a scenario lane never has any. */
  readonly overrides: Overrides;
}

/** A call on its way, and what its way is like. */
export interface InFlightCall {
  readonly flight: Flight<CallResult>;
  readonly wire: WireTrace;
}

/** What a flight brought: a value, and its cache entry if the policy has one; of a value that lacks something, why. */
export interface CallResult {
  readonly value: unknown;
  readonly entry: Entry | undefined;
  readonly partial?: CallError | undefined;
  /** Set where it came from the tier that instances share, and not from its upstream. */
  readonly isShared?: boolean;
}

/** How one upstream fares in one lane. */
export interface UpstreamState {
  readonly breaker: Breaker;
  readonly bulkhead: Bulkhead;
  /** Requests and retries of the last ten seconds. */
  readonly budget: Window;
  readonly traffic: Traffic;
  /** How long single attempts took. */
  readonly attempts: Histogram;
  readonly sources: Sources;
  readonly pauses: Pauses;
}

/** One table for all lanes: a purge is meant for all of them. */
export function tagTable(): TagTable {
  return processSingleton('tags', createTagTable);
}

/** The state of a lane. Scenario lanes are few: the least recently used one is dropped. */
export function laneState(name: Lane, mainCacheBytes: number = MAIN_CACHE_BYTES): LaneState {
  if (name === MAIN_LANE) return processSingleton('main lane', () => createLane(name, mainCacheBytes));
  const lanes = scenarioLanes();
  let lane = lanes.get(name);
  if (lane === undefined) {
    lane = createLane(name, LANE_CACHE_BYTES);
    lanes.set(name, lane);
  }
  return lane;
}

/** Drops all cached values of calls, in every lane, and does not store those in flight. */
export function forgetValues(): void {
  purgeAll(tagTable(), Number.NEGATIVE_INFINITY);
  for (const lane of allLanes()) lane.calls.clear();
}

/** Every lane that is there: that of ordinary traffic, then the scenarios', the one used last first. */
export function allLanes(): LaneState[] {
  return [laneState(MAIN_LANE), ...scenarioLanes().values()];
}

const scenarioLanes = () => processSingleton('lanes', () => new LRUCache<Lane, LaneState>({ max: LANES }));

function createLane(name: Lane, cacheBytes: number): LaneState {
  return {
    name,
    calls: createCallCache(cacheBytes),
    flights: new TransientMap(),
    batches: new TransientMap(),
    upstreams: new Map(),
    pools: new Map(),
    ledger: new Map(),
    overrides: name === MAIN_LANE ? overrides() : createOverrides(),
  };
}

export function upstreamState(lane: LaneState, upstream: string): UpstreamState {
  let state = lane.upstreams.get(upstream);
  if (state === undefined) {
    // What scenarios do to their upstreams is no reason to refuse ordinary traffic.
    state = createUpstreamState(lane.name === MAIN_LANE ? load().congestion : undefined);
    lane.upstreams.set(upstream, state);
  }
  return state;
}

/** The state of an upstream without calls. */
export function createUpstreamState(congestion?: Congestion): UpstreamState {
  return {
    breaker: createBreaker(),
    bulkhead: createBulkhead(congestion),
    budget: createWindow(),
    traffic: createTraffic(),
    attempts: createHistogram(),
    sources: createSources(),
    pauses: new Map(),
  };
}
