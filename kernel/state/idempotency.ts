import { randomUUID } from 'node:crypto';
import type { Seal } from './seal.ts';
import { type State, type Step, type StoredValue, stateError } from './state.ts';

/** Milliseconds for which the outcome of a key is remembered, unless its owner has used very many since (`tables.ts`). */
const REMEMBERED = 24 * 3_600_000;
/** An attempt whose process has died keeps its key for so long; then the next one with the key takes over. */
const LEASE = 8_000;
/** Two renewals may fail before a lease is lost. */
const RENEW_EVERY = 2_500;
/** What is not finished after a minute hangs: its lease is left to run out. */
const MAX_RENEWALS = 24;

/** What is replayed for the same key: never cookies, never effects. */
export interface StoredOutcome {
  readonly status: number;
  /** Flat: name, value, name, value. */
  readonly fields: readonly string[];
  /** JSON text. */
  readonly body: string | undefined;
}

/** Where the records are, what seals them, and the clock they go by. */
export interface Records {
  readonly state: State;
  readonly seal: Seal;
  now(): number;
}

/** A key as it is stored. `decided` and `outcome` are sealed. */
interface Entry {
  /** `open`: begun before, with an unknown outcome. */
  readonly stage: 'running' | 'open' | 'done';
  readonly fingerprint: string;
  readonly runner: string;
  readonly until: number;
  readonly decided?: string;
  readonly outcome?: string;
}

/**
 * One attempt at the request of a key. Only one exists at a time. It is held until it is `done` or has `failed`. Each
 * method rejects with a StateError where another attempt has taken over.
 */
export interface Attempt {
  /**
   * What was decided under this key the first time, so that an attempt after a crash sends upstream what the first one
   * did. JSON values only.
   */
  decide<T>(make: () => Promise<T>): Promise<T>;
  /** It is done: from now on the key gives this outcome. The steps are in the same commit. */
  done(outcome: StoredOutcome, steps?: readonly Step[]): Promise<void>;
  /** It failed. `outcomeUnknown` where something may have happened: then the same request may be sent again, and no other. */
  failed(outcomeUnknown: boolean): Promise<void>;
}

/**
 * What a key leads to. `running`: another attempt is under way; `other`: the key was used for another request; `lost`: it
 * was done, but what came of it was sealed with a key that is gone.
 */
export type Begun =
  | { readonly kind: 'attempt'; readonly attempt: Attempt }
  | { readonly kind: 'outcome'; readonly outcome: StoredOutcome }
  | { readonly kind: 'running' | 'other' | 'lost' };

/**
 * Begins the request of an idempotency key (draft-ietf-httpapi-idempotency-key-header-07 §2), once among all processes
 * on this state. `recordId` is the key within its principal, `owner` whose quota it takes from. Rejects with a
 * StateError.
 */
export async function begin(records: Records, recordId: string, fingerprint: string, owner: string): Promise<Begun> {
  const { state, seal, now } = records;
  const key = `idempotency:${recordId}`;
  const fresh: Entry = { stage: 'running', fingerprint, runner: randomUUID(), until: now() + LEASE };
  const stored = await state.claim(key, JSON.stringify(fresh), { ...RETENTION, owner });
  if (stored === undefined) return { kind: 'attempt', attempt: attemptOf(records, key, fresh) };
  const before = read(stored);
  if (before.fingerprint !== fingerprint) return { kind: 'other' };
  const outcome = before.outcome === undefined ? undefined : seal.open(before.outcome, key);
  if (outcome !== undefined) return { kind: 'outcome', outcome: JSON.parse(outcome) as StoredOutcome };
  if (before.stage === 'done') return { kind: 'lost' };
  if (before.stage === 'running' && before.until > now()) return { kind: 'running' };
  const again = before.decided === undefined ? fresh : { ...fresh, decided: before.decided };
  const version = await state.swap(key, stored.version, JSON.stringify(again), RETENTION);
  return version === undefined ? { kind: 'running' } : { kind: 'attempt', attempt: attemptOf(records, key, again) };
}

const RETENTION = { ttl: REMEMBERED, durable: true } as const;

function attemptOf({ state, seal, now }: Records, key: string, begun: Entry): Attempt {
  let entry = begun;
  /** Changes are made one after the other: none undoes another, or is held against it. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const turn = last.then(change);
    last = turn.catch(() => undefined);
    return turn;
  };
  const ours = async () => {
    const stored = await state.get(key);
    return stored !== undefined && read(stored).runner === entry.runner ? stored : undefined;
  };
  /** Writes the entry while it is still ours: after our lease has run out, another attempt may have taken over. */
  const write = async (next: Entry, steps: readonly Step[] = []): Promise<void> => {
    const value = JSON.stringify(next);
    for (let stored = await ours(); stored !== undefined; stored = await ours()) {
      const swap: Step = { do: 'swap', key, version: stored.version, value, ttl: REMEMBERED };
      // Where it is not met, a write of ours that the store had given up has come after all.
      if ((await state.commit([swap, ...steps], { durable: true })) === undefined) continue;
      entry = next;
      return;
    }
    letGo();
    throw stateError('another attempt has taken over');
  };

  let renewals = 0;
  let renewal: Promise<void> | undefined;
  const beat = setInterval(() => {
    // A store that is slow is not asked again meanwhile.
    if (renewal !== undefined) return;
    if (++renewals >= MAX_RENEWALS) letGo();
    renewal = inTurn(() => write({ ...entry, until: now() + LEASE }))
      .catch(() => undefined)
      .then(() => {
        renewal = undefined;
      });
  }, RENEW_EVERY).unref();
  const letGo = () => clearInterval(beat);

  return {
    async decide<T>(make: () => Promise<T>) {
      if (entry.decided === undefined) {
        const value = await make();
        await inTurn(() => write({ ...entry, decided: seal.seal(JSON.stringify(value), key) }));
        return value;
      }
      const text = seal.open(entry.decided, key);
      if (text === undefined) throw stateError('what was decided before can not be read');
      return JSON.parse(text) as T;
    },
    done(outcome, steps) {
      // No renewal comes after it: what the store did without telling us would be undone.
      letGo();
      return inTurn(() => write({ ...entry, stage: 'done', outcome: seal.seal(JSON.stringify(outcome), key) }, steps));
    },
    failed(outcomeUnknown) {
      letGo();
      return inTurn(async () => {
        if (outcomeUnknown || entry.decided !== undefined) return write({ ...entry, stage: 'open' });
        const stored = await ours();
        if (stored !== undefined) await state.remove(key, stored.version);
      });
    },
  };
}

const read = ({ value }: StoredValue): Entry => JSON.parse(value) as Entry;
