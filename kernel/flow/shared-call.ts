import type { Cancellation } from '#kernel/base/cancellation.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { PUBLIC } from '#kernel/base/scope.ts';
import type { Entry } from '#kernel/cache/entry.ts';
import { isCacheable } from '#kernel/cache/policy.ts';
import { tierFigures } from '#kernel/cache/tier-figures.ts';
import { TierLease } from '#kernel/upstream/tier/lease.ts';
import {
  lookUpInTier,
  removeFromTier,
  type TierEntryRef,
  type TierLookup,
  tierKey,
  writeToTier,
} from '#kernel/upstream/tier/tier-entry.ts';
import type { ScopedCall } from './permit.ts';
import { allTags, callTags } from './store-call.ts';

/** The share of its timeout that a call waits for what another instance fetches. */
const WAIT_SHARE = 0.25;
/** How often a waiting flight looks for the value, in milliseconds. */
const [FIRST_PAUSE, MAX_PAUSE] = [8, 50];

/** Other commands that one flight may wait for, each with the tier's deadline: looks, catching up, a claim. */
const COMMANDS = 5;

/** What the shared tier has of a call: an entry to serve, and one that stands in if its upstream fails. */
interface Found {
  readonly served?: Entry;
  readonly staleEntry?: Entry;
}

/** A call in the shared tier; undefined if it may not be stored there. */
export function sharedCall(scoped: ScopedCall): SharedCall | undefined {
  const ref = entryRefOf(scoped);
  return ref && new SharedCall(scoped, ref);
}

function entryRefOf(scoped: ScopedCall): TierEntryRef | undefined {
  const { call, flow, scope, key: callKey } = scoped;
  const { tier, tags: table } = flow.deps;
  const { positions } = table;
  const { policy, schema } = call;
  if (tier === undefined || flow.lane.name !== MAIN_LANE) return undefined;
  if (policy === undefined || positions?.position === undefined || !isCacheable(policy)) return undefined;
  if (scope !== PUBLIC && !policy.sharesPrivate) return undefined;
  const { guard, seal } = tier;
  const key = tierKey(positions.log, tier.addressOf(call.upstream.name), policy, callKey);
  const tagsOf = (...value: unknown[]) => (value.length === 0 ? callTags(scoped) : allTags(scoped, value[0]));
  const ofProcess = { table, positions, position: positions.position, calls: flow.lane.calls, callKey };
  const life = policy.fresh + Math.max(policy.stale, policy.staleIfError);
  return { guard, key, scope, seal, reader: { schema, tagsOf }, life, ...ofProcess };
}

/** One flight's dealings with the shared tier. Nothing here fails: without the tier, the flight goes to its upstream. */
export class SharedCall {
  readonly #ref: TierEntryRef;
  readonly #lease: TierLease;
  readonly #defer: (work: Promise<unknown>) => void;
  /** Milliseconds that another instance's value is waited for. */
  readonly #wait: number;

  constructor({ call, flow }: ScopedCall, ref: TierEntryRef) {
    const timeout = call.upstream.timeout * flow.deps.deadlineScale;
    this.#ref = ref;
    this.#lease = new TierLease(ref, timeout);
    this.#defer = flow.deps.defer;
    this.#wait = timeout * WAIT_SHARE;
  }

  /** Milliseconds that `find` takes at most. */
  get timeout(): number {
    return this.#wait + COMMANDS * this.#ref.guard.timeout;
  }

  /**
   * Looks for a value. If there is none, this flight claims the lease; if another instance has the lease, the flight
   * waits for its value, but not for long. A refresh wants a fresh one.
   */
  async find(isRefresh: boolean, cancellation: Cancellation): Promise<Found> {
    const until = performance.now() + this.#wait;
    for (let pause = FIRST_PAUSE, looks = 1; ; pause = Math.min(2 * pause, MAX_PAUSE), looks++) {
      const look = await lookUpInTier(this.#ref);
      const serves = canServe(look, isRefresh);
      if (looks === 1 || serves) tierFigures().reads[look.outcome]++;
      if (serves && look.entry) {
        if (looks > 1) tierFigures().waits.came++;
        return { served: look.entry };
      }
      const found = look.entry ? { staleEntry: look.entry } : {};
      if (look.outcome === 'error' || look.outcome === 'skipped') return found;
      const claimed = await this.#lease.claim();
      if (claimed === 'unknown') return found;
      if (claimed === 'ours') return (await this.#cameMeanwhile(isRefresh)) ?? found;
      if (performance.now() >= until) {
        tierFigures().waits['in vain']++;
        return found;
      }
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
      if (cancellation.reason) throw cancellation.reason;
    }
  }

  /** Between the look and the claim, the last owner of the lease may have written the value. */
  async #cameMeanwhile(isRefresh: boolean): Promise<Found | undefined> {
    const look = await lookUpInTier(this.#ref);
    if (!canServe(look, isRefresh) || look.entry === undefined) return undefined;
    tierFigures().waits.came++;
    this.offer(undefined, 0);
    return { served: look.entry };
  }

  /** Writes the entry to the tier, after our own clients have the value. Without an entry, only the lease ends. */
  offer(entry: Entry | undefined, size: number): void {
    if (entry !== undefined) this.#later(() => writeToTier(this.#ref, entry, size));
    else if (this.#lease.mayBeOurs) this.#later(async () => undefined);
  }

  /** Removes the value from the tier: its upstream forbids storing it by now. */
  withdraw(): void {
    this.#later(() => removeFromTier(this.#ref));
  }

  /** The lease ends with the work; both commands are sent at once, in this order. */
  #later(work: () => Promise<unknown>): void {
    const turn = new Promise((resolve) => setImmediate(resolve));
    this.#defer(turn.then(() => Promise.all([work(), this.#lease.release()])));
  }
}

const canServe = ({ state }: TierLookup, isRefresh: boolean): boolean =>
  state === 'fresh' || (state === 'stale' && !isRefresh);
