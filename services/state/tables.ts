/** The cap of a table. */
export interface Room {
  readonly max: number;
  /** Keys of one owner: one more drops the one that was not written for the longest time. */
  readonly perOwner: number;
  /** What happens to one row more than `max`: it is refused, or the owner with the most rows loses some. */
  readonly full: 'forget' | 'refuse';
}

const room = (max: number, perOwner: number, full: Room['full'] = 'forget'): Room => ({ max, perOwner, full });

/** Every table, by what its keys begin with. Owners are principals, and for strangers the network that they come from. */
const TABLES: Readonly<Record<string, Room>> = {
  session: room(1_000_000, 100),
  // One each of a principal, or of a session at an issuer.
  sessions: room(1_000_000, 1),
  sid: room(1_000_000, 1),
  guest: room(200_000, 1_000),
  login: room(50_000, 1_000),
  logout: room(50_000, 50_000),
  renewal: room(50_000, 1),
  idempotency: room(200_000, 2_000),
  form: room(2_000, 20),
  exports: room(100_000, 1),
  'export-head': room(20_000, 10),
  export: room(200_000, 20_000),
  'export-lease': room(20_000, 10),
  'inbox:version': room(500_000, 500_000),
  events: room(10, 10),
  cdn: room(10, 10),
  // A delivery that was taken in is never dropped: beyond this the sender is refused, and tries again later.
  inbox: room(250_000, 250_000, 'refuse'),
};
const NAMES = Object.keys(TABLES);
const OTHER = room(100_000, 1_000);

/** The table of a key; empty for those that have none of their own. */
export function tableOf(key: string): string {
  for (const name of NAMES) if (key.charCodeAt(name.length) === 0x3a && key.startsWith(name)) return name;
  return '';
}

export const roomOf = (table: string): Room => TABLES[table] ?? OTHER;

/**
 * The streams and queues whose writes wake the processes that follow them. One that is not named here is found by polls
 * alone.
 */
export const FOLLOWED: ReadonlySet<string> = new Set(['purges', 'levers', 'events', 'sessions:ended', 'inbox']);

/** Version of a store's schema, and the oldest version whose builds can use it. */
export interface SchemaState {
  readonly version: number;
  readonly oldest: number;
}

/**
 * Throws where a store was made for newer builds than this one, and no longer for it. Schemas only grow, so that two
 * builds in a row can share a store; `oldest` says from when on one can't.
 */
export function refuseNewer(what: string, { version, oldest }: SchemaState, ours: number): void {
  if (oldest <= ours) return;
  throw new Error(
    `${what} has schema version ${version}, made for builds that know version ${oldest} at least; this build knows ${ours}. Start a newer build, or restore a backup from before`,
  );
}
