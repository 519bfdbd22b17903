/** SQLSTATE of an error that the server itself has told us; else it is one of the way there. */
export const sqlStateOf = (cause: unknown): string | undefined => {
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (cause as object) ? code : undefined;
};

const POOL_IS_BUSY = 'timeout exceeded when trying to connect';
/** All connections are in use for too long: that says nothing of the server. */
export const isPoolBusy = (cause: unknown) => (cause as Error).message === POOL_IS_BUSY;

/**
 * Whether the next caller would fail as well: the server can't be reached, refuses our credentials, is starting or
 * ending, or has become a standby. A slow statement does not count.
 */
export function isAway(cause: unknown): boolean {
  const state = sqlStateOf(cause);
  return state === undefined || /^(?:08|25006|28|3D|53|57P)/.test(state);
}

const ADMIN_SHUTDOWN = '57P01';
const BROKEN: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', ADMIN_SHUTDOWN]);

/** Whether this connection has ended, which says nothing of the others. */
export function isBroken(cause: unknown): boolean {
  const { code, message } = cause as { code?: unknown; message?: string };
  return BROKEN.has(code) || message === 'Connection terminated unexpectedly' || isUnqueryable(cause);
}

/** The client knew that its connection has ended: it has sent nothing. */
export const isUnqueryable = (cause: unknown) => /is not queryable$/.test((cause as Error).message);

/** A deadlock, or a serialization failure where that is the database's default: nothing was done, and it is done anew. */
export const isCollision = (cause: unknown) => /^40/.test(sqlStateOf(cause) ?? '');
