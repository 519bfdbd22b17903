import type { DatabaseSync } from 'node:sqlite';
import type { Client } from 'pg';
import { connect } from '../sqlite/sqlite-connection.ts';
import { tableOf } from '../tables.ts';
import { LOCK, migrate } from './schema.ts';
import { toStored } from './stored-text.ts';

const BATCH = 1_000;

type Row = Record<string, string | number | null>;

/** One table of the state: what is read of the file, and where it goes. */
interface Table {
  readonly name: 'keys' | 'streams' | 'entries' | 'queues';
  readonly select: string;
  readonly columns: readonly (readonly [name: string, type: 'text' | 'bigint'])[];
}

const TABLES: readonly Table[] = [
  {
    name: 'keys',
    select: 'SELECT key, value, k.version, expires, kind, owner FROM keys k LEFT JOIN owners USING (key)',
    columns: [
      ['key', 'text'],
      ['value', 'text'],
      ['version', 'bigint'],
      ['expires', 'bigint'],
      ['kind', 'text'],
      ['owner', 'text'],
    ],
  },
  {
    name: 'streams',
    select: 'SELECT stream, last FROM streams',
    columns: [
      ['stream', 'text'],
      ['last', 'bigint'],
    ],
  },
  {
    name: 'entries',
    select: 'SELECT stream, id, value FROM entries',
    columns: [
      ['stream', 'text'],
      ['id', 'bigint'],
      ['value', 'text'],
    ],
  },
  {
    name: 'queues',
    select: 'SELECT queue, member, due FROM queues',
    columns: [
      ['queue', 'text'],
      ['member', 'text'],
      ['due', 'bigint'],
    ],
  },
];

/** Rows that were copied, by table. */
export type CopySummary = Readonly<Record<Table['name'], number>>;

/**
 * Copies all that a SQLite file holds into a database that no server has written to yet, in one transaction: all of it
 * or nothing. Once more is no harm: what an earlier copy has brought is replaced. The file must be closed everywhere,
 * and stays so meanwhile: what a server acknowledged while we copy would be lost. Throws an Error that says what to do.
 */
export async function copyState(file: string, url: string, tell: (progress: string) => void): Promise<CopySummary> {
  const source = openAlone(file);
  const { Client } = await import('pg');
  const target = new Client({ connectionString: url, application_name: 'tributary copy' });
  target.on('error', () => undefined);
  try {
    await target.connect();
    await migrate(target);
    await target.query('BEGIN');
    await target.query('SET LOCAL statement_timeout = 0');
    await target.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    const names = TABLES.map(({ name }) => `tributary.${name}`).join(', ');
    // Servers that start too soon wait for the end of it.
    await target.query(`LOCK TABLE ${names} IN ACCESS EXCLUSIVE MODE`);
    await refuseUsed(target);
    await target.query(`TRUNCATE ${names}`);
    const copied = {} as Record<Table['name'], number>;
    for (const table of TABLES) copied[table.name] = await copyTable(source, target, table, tell);
    await finish(source, target, copied);
    await target.query('COMMIT');
    return copied;
  } finally {
    source.close();
    await target.end().catch(() => undefined);
  }
}

/** Opens the file for this process alone; throws if another process has it open. */
function openAlone(file: string): DatabaseSync {
  const { database } = connect(file, 'FULL');
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new Error(`${file} is in use: stop every server that keeps its state there, then copy it`, { cause });
  }
  return database;
}

/**
 * A short text that changes with any change of the content. Versions and ends of streams alone would not do: a user who
 * signs out, or a delivery that is done, only removes rows. Streams count by their ends, which every entry moves.
 */
const CONTENT = `
  SELECT concat_ws(' ',
    (SELECT concat(count(*), ':', sum(hashtextextended(concat(key, ' ', version), 0)::numeric)) FROM tributary.keys),
    (SELECT concat(count(*), ':', sum(hashtextextended(concat(queue, ' ', member, ' ', due), 0)::numeric))
      FROM tributary.queues),
    (SELECT sum(last) FROM tributary.streams), (SELECT last_value FROM tributary.versions)) AS content`;

/** Refuses to overwrite what servers wrote since the last copy: users who signed out would be signed in again. */
async function refuseUsed(target: Client): Promise<void> {
  const { rows: copies } = await target.query('SELECT content FROM tributary.copies ORDER BY at DESC LIMIT 1');
  const { rows: begun } = await target.query(
    'SELECT EXISTS (SELECT FROM tributary.keys) OR EXISTS (SELECT FROM tributary.streams) AS has_some',
  );
  const isUntouched =
    copies.length === 0 ? !begun[0].has_some : copies[0].content === (await target.query(CONTENT)).rows[0].content;
  if (!isUntouched) {
    throw new Error('servers have written to this database already: copy into an empty one, or go on with what it has');
  }
}

async function copyTable(
  source: DatabaseSync,
  target: Client,
  { name, select, columns }: Table,
  tell: (progress: string) => void,
): Promise<number> {
  const names = columns.map(([column]) => column);
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`);
  const insert = `INSERT INTO tributary.${name} (${names.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`;
  let copied = 0;
  let batch: Row[] = [];
  const flush = async () => {
    await target.query(
      insert,
      columns.map(([column, type]) =>
        batch.map((row) => (type === 'text' ? toStored(String(row[column])) : row[column])),
      ),
    );
    copied += batch.length;
    batch = [];
    tell(`${name}: ${copied}`);
  };
  for (const row of source.prepare(select).iterate() as Iterable<Row>) {
    // Files of older builds do not know whose a key is.
    batch.push(name === 'keys' ? { ...row, kind: row.kind ?? tableOf(String(row.key)), owner: row.owner ?? '' } : row);
    if (batch.length === BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  return copied;
}

/** Versions go on where the file ends; what has arrived is counted. */
async function finish(source: DatabaseSync, target: Client, copied: CopySummary): Promise<void> {
  const { last } = source.prepare('SELECT last FROM versions').get() as { last: number };
  await target.query("SELECT setval('tributary.versions', $1)", [Math.max(1, last)]);
  for (const { name } of TABLES) {
    const { rows } = await target.query(`SELECT count(*) AS count FROM tributary.${name}`);
    if (Number(rows[0].count) !== copied[name]) throw new Error(`${name}: not all rows have arrived`);
  }
  await target.query(`
    INSERT INTO tributary.copies (version, appended, content)
    SELECT (SELECT last_value FROM tributary.versions), (SELECT coalesce(sum(last), 0) FROM tributary.streams),
      (${CONTENT})`);
}
