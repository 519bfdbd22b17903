/** The text under a key of the tier, and for how many more milliseconds it is stored. */
export interface StoredText {
  readonly text: string;
  readonly left: number;
}

/**
 * A cache that several instances share: the port, with an adapter for each kind of server. It may lose data at any
 * time. If it is away, every method rejects; none has a deadline of its own, and no client waits for one alone.
 */
export interface CacheTier {
  read(key: string): Promise<StoredText | undefined>;
  /** Keeps a text for so many milliseconds. */
  write(key: string, text: string, ttl: number): Promise<void>;
  remove(key: string): Promise<void>;
  /** Claims the lease on fetching a key, for so many milliseconds; false if another has it. `token` names the owner. */
  claim(key: string, token: string, ttl: number): Promise<boolean>;
  /** Ends the lease if it is still this token's: in one step, so that another's is never ended. */
  release(key: string, token: string): Promise<void>;
  /** Why it can't be asked at this moment; undefined where it can. */
  readonly unavailableReason: string | undefined;
  close(): void;
}
