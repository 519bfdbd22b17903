import { hash } from 'node:crypto';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { PUBLIC } from '#kernel/base/scope.ts';
import { type Entry, type EntryState, stateOf, storeEntry } from '#kernel/cache/entry.ts';
import { isCacheable } from '#kernel/cache/policy.ts';
import { catchUpWithPurges } from '#kernel/cache/purge-log.ts';
import { isOutrun, type PurgePositions } from '#kernel/cache/purge-positions.ts';
import { type TierRead, tierFigures } from '#kernel/cache/tier-figures.ts';
import { readRecord, writeRecord } from '#kernel/cache/tier-record.ts';
import type { SharedTier } from './flow.ts';
import type { ScopedCall } from './permit.ts';
import { allTags, callTags } from './store-call.ts';

/** Of keys and records: what an older build wrote in another form is never read. */
const GENERATION = 1;
/** The share of its timeout that a call waits for what another instance fetches. */
const WAIT_SHARE = 0.25;
/** For how long a lease holds at most, in milliseconds, and how often those who wait look for the value. */
const MAX_LEASE = 5_000;
const [FIRST_PAUSE, LONGEST_PAUSE] = [8, 50];

/** What the shared tier has of a call: an entry to serve, and one that stands in if its upstream fails. */
interface Found {
  readonly served?: Entry;
  readonly spare?: Entry;
}

/** What one look brought. */
interface Look {
  readonly outcome: TierRead;
  readonly entry?: Entry;
  readonly state?: EntryState;
}

/** A call in the shared tier; undefined where it has no place in it. */
export function sharedCall(scoped: ScopedCall): SharedCall | undefined {
  const { call, flow, scope } = scoped;
  const { tier, tags } = flow.deps;
  if (tier === undefined || flow.lane.name !== MAIN_LANE) return undefined;
  const { position } = tags.positions ?? {};
  if (call.policy === undefined || position === undefined || !isCacheable(call.policy)) return undefined;
  if (scope !== PUBLIC && !call.policy.sharesPrivate) return undefined;
  return new SharedCall(scoped, tier, tags.positions as PurgePositions, position);
}

/** One flight's dealings with the shared tier. Nothing here fails: without the tier, the flight goes to its upstream. */
export class SharedCall {
  readonly #scoped: ScopedCall;
  readonly #tier: SharedTier;
  readonly #positions: PurgePositions;
  /** How far the log was known before anything was fetched. */
  readonly #position: number;
  readonly #key: string;
  #leased = false;

  constructor(scoped: ScopedCall, tier: SharedTier, positions: PurgePositions, position: number) {
    this.#scoped = scoped;
    this.#tier = tier;
    this.#positions = positions;
    this.#position = position;
    this.#key = keyIn(tier, positions.log, scoped);
  }

  /** Milliseconds that `find` takes at most. */
  get patience(): number {
    return this.#wait + 4 * this.#tier.guard.timeout;
  }

  /**
   * Looks for a value. Where there is none, this flight takes the lease on it; where another instance has it, that one's
   * value is waited for, but not for long. A refresh wants a fresh one.
   */
  async find(isRefresh: boolean, cancellation: Cancellation): Promise<Found> {
    const until = performance.now() + this.#wait;
    for (let pause = FIRST_PAUSE, looks = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE), looks++) {
      const look = await this.#look();
      const serves = look.state === 'fresh' || (look.state === 'stale' && !isRefresh);
      if (looks === 1 || serves) tierFigures().reads[look.outcome]++;
      if (serves && look.entry) {
        if (looks > 1) tierFigures().waits.came++;
        return { served: look.entry };
      }
      const found = look.entry ? { spare: look.entry } : {};
      if (look.outcome === 'error' || look.outcome === 'skipped') return found;
      const claimed = await this.#tier.guard.claim(this.#key, this.#lease);
      if (typeof claimed === 'string') return found;
      this.#leased = claimed.answer;
      if (this.#leased) return found;
      if (performance.now() >= until) {
        tierFigures().waits['in vain']++;
        return found;
      }
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
      if (cancellation.reason) throw cancellation.reason;
    }
  }

  /** Gives what was fetched to the other instances, once its own clients have it. Without an entry, only the lease ends. */
  offer(entry: Entry | undefined, size: number): void {
    if (entry === undefined && !this.#leased) return;
    const later = new Promise((resolve) => setImmediate(resolve));
    this.#scoped.flow.deps.defer(
      later.then(() => Promise.all([entry && this.#store(entry, size), this.#leased && this.#release()])),
    );
  }

  async #store(entry: Entry, size: number): Promise<void> {
    const { guard, seal } = this.#tier;
    const { call, scope } = this.#scoped;
    const { writes } = tierFigures();
    if (!guard.isWritable) {
      writes.skipped++;
      return;
    }
    const record = writeRecord(entry, { size, position: this.#position }, call.schema, performance.now());
    if (record === undefined) {
      writes.unfit++;
      return;
    }
    const text = scope === PUBLIC ? record.text : seal.seal(record.text, this.#context);
    const written = await guard.write(this.#key, text, record.ttl);
    writes[typeof written === 'string' ? written : 'stored']++;
  }

  async #release(): Promise<void> {
    await this.#tier.guard.release(this.#key);
  }

  /** One look. What is there is in this process's cache from then on. */
  async #look(): Promise<Look> {
    const { call, flow, scope, key } = this.#scoped;
    const { guard, seal } = this.#tier;
    const [asked, wall] = [performance.now(), Date.now()];
    const stored = await guard.read(this.#key);
    if (typeof stored === 'string') return { outcome: stored };
    if (stored.answer === undefined) return { outcome: 'miss' };
    const { text: raw, left } = stored.answer;
    const text = scope === PUBLIC ? raw : seal.open(raw, this.#context);
    const tagsOf = (...value: unknown[]) =>
      value.length === 0 ? callTags(this.#scoped) : allTags(this.#scoped, value[0]);
    const record =
      text === undefined ? undefined : readRecord({ text, left }, { schema: call.schema, tagsOf }, asked, wall);
    if (record === undefined) return { outcome: 'unfit' };
    const { position, size, lives } = record;
    if (position > (this.#positions.position ?? 0)) await this.#catchUp();
    if (position > (this.#positions.position ?? 0) || isOutrun(this.#positions, lives.tags, position)) {
      return { outcome: 'outdated' };
    }
    // All purges of it that are known here are older than its fetch: it is as of now.
    const entry: Entry = { ...lives, sequence: flow.deps.tags.sequence };
    const state = stateOf(entry, flow.deps.tags, performance.now(), scope);
    if (state === 'dead') return { outcome: 'miss' };
    // A newer one may be here that the tier did not take.
    const here = flow.lane.calls.get(key);
    if (here === undefined || here.storedAt <= entry.storedAt) storeEntry(flow.lane.calls, key, entry, size);
    return { outcome: 'hit', entry, state };
  }

  /**
   * A value may be ahead of this process: there are purges that it has yet to read. It reads them now; if that takes too
   * long, or the log does not have them, the value is not for us.
   */
  async #catchUp(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#tier.guard.timeout);
    });
    await Promise.race([catchUpWithPurges().catch(() => undefined), late]);
    clearTimeout(timer);
  }

  /** What a sealed value is bound to: the call, with the scope that it may be shown to. */
  get #context(): string {
    return `tier ${this.#scoped.key}`;
  }

  get #timeout(): number {
    return this.#scoped.call.upstream.timeout * this.#scoped.flow.deps.deadlineScale;
  }

  get #wait(): number {
    return this.#timeout * WAIT_SHARE;
  }

  get #lease(): number {
    return Math.ceil(Math.min(this.#timeout, MAX_LEASE));
  }
}

/**
 * The key of a call: of one log of purges, one address of its upstream, one schema, one policy. It is a hash, for calls
 * name people; in braces, so that a cluster keeps what belongs to it on one node.
 */
function keyIn({ addressOf }: SharedTier, log: string, { call, key }: ScopedCall): string {
  const { fresh, stale, staleIfError } = call.policy ?? { fresh: 0, stale: 0, staleIfError: 0 };
  const lives = `${fresh}/${stale}/${staleIfError}`;
  const digest = hash('sha256', lengthPrefixed([log, addressOf(call.upstream.name), lives, key]), 'base64url');
  return `tributary:${GENERATION}:{${digest}}`;
}
