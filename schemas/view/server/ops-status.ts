import { z } from 'zod';
import { openWord } from '#schemas/view/open-word.ts';

/** Milliseconds; null where there was no traffic to measure. */
const milliseconds = z.number().nullable();
const count = z.int().nonnegative();

/** Something that hurts, by the name of its alert; `value` and `limit` are in the alert's own unit. */
const Finding = z
  .object({
    alert: openWord(
      'StoreUnreachable',
      'Overloaded',
      'ProcessBusy',
      'UpstreamDown',
      'CompletenessLow',
      'UpstreamErrors',
      'OperationSlow',
      'CdnPurgeLate',
      'CacheTierAway',
      'InboxParked',
      'InboxOverdue',
    ),
    /** The upstream or the operation that it is about, or a part of this process. */
    about: z.string(),
    value: z.number(),
    limit: z.number(),
  })
  .meta({ id: 'OpsFinding' });

/** The answers that an upstream's failed calls have affected, among the last 512 requests. */
const Harm = z.object({ operation: z.string(), section: z.string(), how: z.string(), answers: count });

const Upstream = z
  .object({
    name: z.string(),
    host: z.string(),
    mode: openWord('live', 'mocked'),
    /** `held`: by an operator's override. */
    state: openWord('held', 'down', 'degraded', 'healthy', 'no-traffic'),
    calls: count,
    failures: z.array(z.object({ reason: z.string(), count })),
    p50: milliseconds,
    p95: milliseconds,
    breaker: z.object({
      state: openWord('closed', 'open', 'half-open'),
      /** Since when it is not closed. */
      since: z.iso.datetime().nullable(),
      /** Milliseconds until it lets a probe through. */
      probeIn: milliseconds,
    }),
    lastGood: z.iso.datetime().nullable(),
    /**
     * How its calls were answered: by the cache (`hit`, `stale`, `spare` where it failed), by the cache that instances
     * share (`shared`), or by it.
     */
    answeredBy: z.object({
      hit: count,
      stale: count,
      shared: count.optional(),
      miss: count,
      coalesced: count,
      spare: count,
      uncached: count,
    }),
    harm: z.array(Harm),
  })
  .meta({ id: 'OpsUpstream' });

const OperationFigures = z
  .object({
    id: z.string(),
    route: z.string(),
    requests: count,
    whole: count,
    partial: count,
    failed: count,
    refused: count,
    /** The share of complete answers among those that were not refused; null if there were none. */
    completeness: z.number().min(0).max(1).nullable(),
    p50: milliseconds,
    p95: milliseconds,
    deadline: z.number(),
  })
  .meta({ id: 'OpsOperation' });

const Cache = z
  .object({
    entries: count,
    bytes: count,
    maxBytes: count,
    /** How many of the cacheable ones it answered. */
    hits: count,
    of: count,
    hitRatio: z.number().min(0).max(1).nullable(),
  })
  .meta({ id: 'OpsCache' });

/** What this process has taken on, and what it had to turn away. */
const LoadFigures = z
  .object({
    /** How many requests it works on at most, judged by its event loop, and how many now. */
    limit: count,
    underWay: count,
    /** Milliseconds by which its event loop is late of late. */
    loopDelay: z.number(),
    /** Milliseconds that it could not run since it began, and the share of the last ten seconds. */
    lost: z.number(),
    lostShare: z.number().min(0).max(1),
    /** The share of the last ten seconds' requests that were refused for the load. */
    refusedShare: z.number().min(0).max(1),
    /** Since it began, in the order in which they are refused. */
    classes: z.array(z.object({ name: openWord('anonymous', 'personal', 'write'), admitted: count, refused: count })),
    /** Optional sections that were left out for the load. */
    sectionsLeftOut: count,
  })
  .meta({ id: 'OpsLoad' });

/** The state of this process. Counts are of the last `window` seconds by default; findings come first. */
export const OpsStatusView = z
  .object({
    state: openWord('well', 'hurting'),
    at: z.iso.datetime(),
    /** When the process began. */
    since: z.iso.datetime(),
    window: count,
    /** The lane that upstreams and the cache of calls are shown of; empty for ordinary traffic. */
    lane: z.string(),
    findings: z.array(Finding),
    load: LoadFigures,
    upstreams: z.array(Upstream),
    /** Those that were asked for since the process began, by ordinary traffic. */
    operations: z.array(OperationFigures),
    caches: z.object({ calls: Cache, answers: Cache, staleServed: count }),
    /**
     * The cache that instances share; not there without one. What its looks came to since the process began, and the p95
     * of its answers.
     */
    cacheTier: z
      .object({
        state: openWord('well', 'read only', 'away'),
        hit: count,
        miss: count,
        outdated: count,
        unfit: count,
        error: count,
        skipped: count,
        p95: milliseconds,
      })
      .optional(),
    /**
     * The CDN, and how purges fare on their way there; not there without one. `overdue` is for how long one has waited, in
     * milliseconds, and `reason` what went wrong last in this process.
     */
    cdn: z
      .object({ name: z.string(), overdue: z.number(), confirmed: count, failed: count, reason: z.string().nullable() })
      .optional(),
    /** The last purge that this process has applied: `npm run trace -- purge:…` prints its receipt. */
    lastPurge: z.object({ id: z.string(), at: z.iso.datetime() }).optional(),
    store: openWord('reachable', 'local only'),
    /** Null where the store can't be reached; `overdue` is how long the first that waits has been due, in milliseconds. */
    inbox: z.object({ waiting: count, parked: count, overdue: z.number() }).nullable(),
    streams: count,
    /** Lanes of scenarios in use. */
    lanes: z.array(z.string()),
    /**
     * What an operator has set by hand: an upstream's old values stand in, its breaker is held open, a part is shed.
     */
    levers: z.array(z.object({ kind: openWord('stale', 'open', 'shed'), on: z.string(), until: z.iso.datetime() })),
  })
  .meta({ id: 'OpsStatus' });

export type OpsStatus = z.output<typeof OpsStatusView>;
