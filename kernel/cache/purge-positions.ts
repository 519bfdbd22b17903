const CAPACITY = 100_000;
const MAX_UNLOGGED = 10_000;
/** Stands for all tags at once. */
const EVERYTHING = '';

/**
 * How far this process has read the log of purges, and the position of each tag's last purge. Values in the shared tier
 * carry the position from before their fetch, so that it is known whether a purge outranks them. Only used with such a
 * tier. Plain data.
 */
export interface PurgePositions {
  /** Which log it is: positions of two logs can't be compared. */
  log: string;
  /** The last entry that is applied here; undefined until the log has been read. */
  position: number | undefined;
  /** What was purged before this position is unknown. */
  floor: number;
  readonly logged: Map<string, number>;
  /** Purges that took place here, and are not known to be in the log yet. */
  readonly unlogged: Map<string, Unlogged>;
}

interface Unlogged {
  /** How far the log had been read when the purge took place: its entry comes later. */
  readonly since: number;
  outcome: 'pending' | 'logged' | 'lost';
}

export const createPurgePositions = (): PurgePositions => ({
  log: '',
  position: undefined,
  floor: 0,
  logged: new Map(),
  unlogged: new Map(),
});

/** Whether a value whose fetch began at `position` may be older than a purge that this process knows of. */
export function mayPredatePurge(positions: PurgePositions, tags: readonly string[], position: number): boolean {
  const { floor, logged, unlogged } = positions;
  if (position < floor || unlogged.has(EVERYTHING)) return true;
  return tags.some((tag) => unlogged.has(tag) || (logged.get(tag) ?? 0) > position);
}

/** Notes a purge that stands in the log at `id`; without tags, it purges everything. */
export function noteLogged(positions: PurgePositions, tags: readonly string[] | undefined, id: number): void {
  const { logged } = positions;
  if (tags === undefined) raiseFloor(positions, id);
  for (const tag of tags ?? []) {
    logged.delete(tag);
    logged.set(tag, id);
  }
  for (const [tag, forgotten] of logged) {
    if (logged.size <= CAPACITY) break;
    logged.delete(tag);
    raiseFloor(positions, forgotten);
  }
}

/** Nothing from before this position is trusted any more. */
export function raiseFloor(positions: PurgePositions, position: number): void {
  positions.floor = Math.max(positions.floor, position);
}

/**
 * A purge has just taken place here, and is being written to the log (`logging`). Until it is read there, values of the
 * shared tier with these tags (without tags: all values) are not used, since they may be older.
 */
export function awaitLogging(
  positions: PurgePositions | undefined,
  tags: readonly string[] | undefined,
  logging: Promise<unknown>,
): void {
  if (positions === undefined) return;
  const { unlogged } = positions;
  const since = positions.position ?? 0;
  const purge: Unlogged = { since, outcome: 'pending' };
  for (const tag of tags ?? [EVERYTHING]) unlogged.set(tag, purge);
  if (unlogged.size > MAX_UNLOGGED) {
    unlogged.clear();
    unlogged.set(EVERYTHING, { since, outcome: 'lost' });
  }
  const settle = (outcome: Unlogged['outcome']) => () => {
    purge.outcome = outcome;
  };
  logging.then(settle('logged'), settle('lost'));
}

/**
 * Called before the log is read; call what it returns once all of it is applied. A purge that was in the log is then
 * known by its entry. One that never got there, or was lost, has no entry: values fetched after this reading are newer.
 */
export function settling(positions: PurgePositions): () => void {
  const { unlogged } = positions;
  const settled = [...unlogged].filter(([, { outcome }]) => outcome !== 'pending');
  return () => {
    for (const [tag, purge] of settled) {
      if (unlogged.get(tag) !== purge) continue;
      unlogged.delete(tag);
      if (purge.outcome === 'logged' && isInLog(positions, tag, purge)) continue;
      const next = (positions.position ?? 0) + 1;
      noteLogged(positions, tag === EVERYTHING ? undefined : [tag], next);
    }
  };
}

/** A store that fails over may have lost entries that it had acknowledged, before any instance has read them. */
const isInLog = ({ logged, floor }: PurgePositions, tag: string, { since }: Unlogged): boolean =>
  (tag === EVERYTHING ? floor : Math.max(floor, logged.get(tag) ?? 0)) > since;
