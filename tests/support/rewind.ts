import { DatabaseSync } from 'node:sqlite';

/** Lets a log in a SQLite file go back, as a store does that was restored: what is after a number is lost. */
export function rewind(file: string, stream: string, to: number): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA busy_timeout = 5000');
  database.prepare('DELETE FROM entries WHERE stream = ? AND id > ?').run(stream, to);
  database.prepare('UPDATE streams SET last = ? WHERE stream = ?').run(to, stream);
  database.close();
}
