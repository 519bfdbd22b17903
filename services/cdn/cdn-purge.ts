/** A CDN that can be told what is old. */
export interface CdnPurge {
  readonly name: string;
  /** Keys that one call may have. */
  readonly maxKeys: number;
  /** Purges what carries any of these keys; rejects if the CDN did not accept it, with a CdnError if it answered. */
  purge(keys: readonly string[], signal: AbortSignal): Promise<void>;
}

/** The CDN refused. Its message is for the log, and holds no secret. */
export interface CdnError extends Error {
  readonly kind: 'cdn';
  /** Milliseconds after which it wants to be asked again. */
  readonly retryAfter: number | undefined;
}

export const cdnError = (message: string, retryAfter?: number): CdnError =>
  Object.assign(new Error(message), { kind: 'cdn' as const, retryAfter });

/** Milliseconds that one call may take. */
const DEADLINE_MS = 5_000;

/** Purges any number of keys, in calls as large as they may be, one after the other. Each waits for `next` before it. */
export async function purgeKeys(
  cdn: CdnPurge,
  keys: readonly string[],
  stop: AbortSignal,
  next: () => Promise<void>,
): Promise<void> {
  for (let at = 0; at < keys.length; at += cdn.maxKeys) {
    await next();
    await cdn.purge(keys.slice(at, at + cdn.maxKeys), AbortSignal.any([stop, AbortSignal.timeout(DEADLINE_MS)]));
  }
}
