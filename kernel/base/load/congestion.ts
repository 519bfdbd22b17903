/** At so many upstreams at least calls must wait; those of one or two say more of these than of us. */
const MIN_QUEUED = 3;
/** And at so large a share of those in use. */
const MIN_SHARE = 0.5;
/** Milliseconds after which queues are no burst any more: the interval of CoDel (RFC 8289 §4.3). */
const INTERVAL_MS = 100;

/**
 * How many upstreams have calls under way, and at how many of them further calls wait. One that is slow has a queue of
 * its own; where most have one, more was taken on than can be done, even if the event loop is on time.
 */
export interface Congestion {
  inUse: number;
  queued: number;
  /** Since when calls have waited at most of them; moments are by `timeRun`. */
  since: number | undefined;
}

export const createCongestion = (): Congestion => ({ inUse: 0, queued: 0, since: undefined });

/** Counts an upstream that is in use from now on (1) or no more (-1). */
export function countInUse(congestion: Congestion, by: 1 | -1, now: number): void {
  congestion.inUse += by;
  judge(congestion, now);
}

/** Counts an upstream at which calls wait from now on (1) or no more (-1). */
export function countQueued(congestion: Congestion, by: 1 | -1, now: number): void {
  congestion.queued += by;
  judge(congestion, now);
}

function judge(congestion: Congestion, now: number): void {
  const { inUse, queued, since } = congestion;
  const isCongested = queued >= MIN_QUEUED && queued >= inUse * MIN_SHARE;
  if (isCongested !== (since !== undefined)) congestion.since = isCongested ? now : undefined;
}

/** Whether calls have waited at most upstreams for a while. */
export const isCongested = ({ since }: Congestion, now: number): boolean =>
  since !== undefined && now - since >= INTERVAL_MS;
