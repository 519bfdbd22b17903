import { DatabaseSync } from 'node:sqlite';

/** Loaded into a host by `--import`, it takes this signal for the disk being full, and the next for there being room. */
export const TOGGLE = 'SIGUSR2';
const NO_LIMIT = 4_294_967_294;

const connections = new Set<DatabaseSync>();
let full = false;

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql) {
  connections.add(this);
  exec.call(this, sql);
};
process.on(TOGGLE, () => setDiskFull(!full));

/** Lets no store of this process grow: SQLite itself refuses, with SQLITE_FULL. It never takes less than there is. */
export function setDiskFull(now: boolean): void {
  full = now;
  for (const connection of connections) {
    if (connection.isOpen) exec.call(connection, `PRAGMA max_page_count = ${full ? 1 : NO_LIMIT}`);
  }
}
