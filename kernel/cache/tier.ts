/** What stands in the tier under a key, and the milliseconds that it is still kept for. */
export interface StoredText {
  readonly text: string;
  readonly left: number;
}

/**
 * A cache that several instances share: the port, with an adapter for each kind of server. It may lose anything at any
 * time, and be away. Every method rejects then; none has a deadline of its own, and no client ever waits for one alone.
 */
export interface CacheTier {
  read(key: string): Promise<StoredText | undefined>;
  /** Keeps a text for so many milliseconds. */
  write(key: string, text: string, ttl: number): Promise<void>;
  /** Forgets what is there. */
  remove(key: string): Promise<void>;
  /** Takes the lease on fetching a key, for so many milliseconds; false where another has it. `token` says whose it is. */
  claim(key: string, token: string, ttl: number): Promise<boolean>;
  /** Ends the lease if it is still this token's: in one step, so that another's is never ended. */
  release(key: string, token: string): Promise<void>;
  /** Why it can't be asked at this moment; undefined where it can. */
  readonly unavailableReason: string | undefined;
  close(): void;
}
