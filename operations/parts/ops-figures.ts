import { upstreamAddresses } from '#host/process/lifecycle.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { type Load, load, refusedShare } from '#kernel/base/load/load.ts';
import { loopDelay, lostShare, lostTime } from '#kernel/base/time/loop-delay.ts';
import { responseCache } from '#kernel/cache/cached-response.ts';
import { type CdnFigures, cdnFigures } from '#kernel/cache/cdn/cdn-figures.ts';
import { latestPurge } from '#kernel/cache/receipts/receipt-book.ts';
import { type TierFigures, tierFigures } from '#kernel/cache/tier-figures.ts';
import { hubOf } from '#kernel/realtime/hub.ts';
import type { Override } from '#kernel/state/override.ts';
import { activeOverrides } from '#kernel/state/overrides.ts';
import { isStateError } from '#kernel/state/state.ts';
import { type Answered, answered } from '#kernel/telemetry/answered.ts';
import { type Outbox, outbox } from '#kernel/telemetry/record-trace.ts';
import { type RequestTrace, recentTraces } from '#kernel/telemetry/trace.ts';
import { allLanes, type LaneState } from '#kernel/upstream/lane/state.ts';
import { tierGuard } from '#kernel/upstream/resilience/guarded-tier.ts';
import { tokenFailures } from '#services/credentials/tokens.ts';
import { identity } from '#services/identity/identity.ts';
import { counts, waiting } from '#services/webhooks/inbox/inbox-views.ts';
import { type UpstreamRow, upstreamRows } from '../shape/ops/upstream-rows.ts';

/** How full a cache is; sizes are bytes. */
export interface Fill {
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
}

/** What waits in the inbox; `overdue` is how long the first of it has been due, in milliseconds. */
interface InboxFigures {
  readonly waiting: number;
  readonly parked: number;
  readonly overdue: number;
}

/** How this process copes with what it has to do; times are milliseconds, shares are of the last ten seconds. */
export interface LoadFigures extends Pick<Load, 'underWay' | 'leftOut' | 'counts'> {
  readonly limit: number;
  readonly loopDelay: number;
  readonly lost: number;
  readonly lostShare: number;
  readonly refused: { readonly share: number; readonly of: number };
}

/** How the cache fares that instances share, and what came of it. */
export interface TierState {
  readonly state: 'well' | 'read only' | 'away';
  readonly figures: TierFigures;
}

/** How purges fare on their way to the CDN; `overdue` is for how long one has waited, in milliseconds. */
export interface CdnState extends Pick<CdnFigures, 'confirmed' | 'failed' | 'reason'> {
  readonly name: string;
  readonly overdue: number;
}

/** Everything that is counted in this process, as it stands at one moment. */
export interface OpsFigures {
  /** The moment, on the monotonic clock and on the wall clock. */
  readonly now: number;
  readonly wall: number;
  readonly lane: LaneState;
  readonly upstreams: readonly UpstreamRow[];
  /** The upstreams for which no token of ours is to be had. */
  readonly tokenless: readonly string[];
  readonly operations: ReadonlyMap<string, Answered>;
  readonly caches: { readonly calls: Fill; readonly answers: Fill };
  /** Undefined where no cache is shared with other instances. */
  readonly tier?: TierState | undefined;
  /** Undefined where no CDN is in front of us. */
  readonly cdn?: CdnState | undefined;
  /** The last purge that this process has applied. */
  readonly lastPurge?: { readonly id: number; readonly at: number } | undefined;
  /** Undefined where the store can't be reached. */
  readonly inbox: InboxFigures | undefined;
  readonly load: LoadFigures;
  readonly streams: number;
  readonly lanes: readonly string[];
  /** The overrides on the lane; a scenario's has none. */
  readonly overrides: readonly Override[];
  readonly traces: readonly RequestTrace[];
  /** What became of traces that were to be exported. */
  readonly outbox: Pick<Outbox, 'exported' | 'lost'>;
}

/** The figures of this process, its upstreams as they fare in a lane. */
export async function opsFigures(lane: LaneState): Promise<OpsFigures> {
  const inbox = await inboxFigures();
  const [now, wall] = [performance.now(), Date.now()];
  return {
    now,
    wall,
    lane,
    upstreams: upstreamRows(upstreamAddresses(), lane, now, wall),
    tokenless: tokenFailures().map(({ upstream }) => upstream),
    operations: answered(),
    caches: { calls: fillOf(lane.calls), answers: fillOf(responseCache()) },
    tier: tierState(),
    cdn: cdnState(wall),
    lastPurge: latestPurge().latest,
    inbox,
    load: loadFigures(now),
    streams: hubOf(identity().sessions.state).streams.size,
    lanes: allLanes().flatMap(({ name }) => (name === MAIN_LANE ? [] : [name])),
    overrides: activeOverrides(lane.overrides, wall),
    outbox: outbox(),
    traces: recentTraces().filter((trace) => trace.lane === lane.name),
  };
}

function tierState(): TierState | undefined {
  const { guard } = tierGuard();
  if (guard === undefined) return undefined;
  return { state: guard.isWritable ? 'well' : guard.isWell ? 'read only' : 'away', figures: tierFigures() };
}

function cdnState(wall: number): CdnState | undefined {
  const { name, waitingSince, confirmed, failed, reason } = cdnFigures();
  if (name === undefined) return undefined;
  return { name, confirmed, failed, reason, overdue: Math.max(0, wall - (waitingSince ?? wall)) };
}

function loadFigures(now: number): LoadFigures {
  const { underWay, leftOut, counts, limit } = load();
  return {
    underWay,
    leftOut,
    counts,
    limit: Math.floor(limit.limit),
    loopDelay: loopDelay(),
    lost: lostTime(now),
    lostShare: lostShare(now),
    refused: refusedShare(now),
  };
}

const fillOf = ({
  size,
  calculatedSize,
  maxSize,
}: {
  size: number;
  calculatedSize: number;
  maxSize: number;
}): Fill => ({
  entries: size,
  bytes: calculatedSize,
  maxBytes: maxSize,
});

/** These figures do not need the store: that it is away is one more figure. */
async function inboxFigures(): Promise<InboxFigures | undefined> {
  const inbox = identity().sessions;
  try {
    const [count, [first]] = await Promise.all([counts(inbox), waiting(inbox, 1)]);
    return { ...count, overdue: first === undefined ? 0 : Math.max(0, inbox.now() - first.due) };
  } catch (thrown) {
    if (isStateError(thrown)) return undefined;
    throw thrown;
  }
}
