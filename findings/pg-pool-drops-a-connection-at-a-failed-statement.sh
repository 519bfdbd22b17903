#!/usr/bin/env bash
# Package: pg 8.23.1, against a server of its protocol that the script brings along.
# Guess: a statement that the database refuses (a unique violation, say) leaves its connection in the pool: the session
#   goes on, as the protocol's ReadyForQuery says.
# Behaviour: `pool.query` throws the connection away at any error of a statement, and the next one connects anew. With a
#   client of one's own (`pool.connect`, then `release()` without an argument) the same connection goes on.
# Output seen: connections for three refused statements by pool.query: 3 / by a client of the pool: 1
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E pg@8.23.1 >/dev/null 2>&1
cat > seen.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Pool } from 'pg';

const message = (type, body) => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
};
const ready = message('Z', Buffer.from('I'));
const welcome = Buffer.concat([message('R', Buffer.alloc(4)), ready]);
const refusal = Buffer.concat([message('E', Buffer.from('SERROR\0C23505\0Mduplicate key\0\0')), ready]);

let connections = 0;
const server = createServer((socket) => {
  connections++;
  let isKnown = false;
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    if (!isKnown) socket.write(welcome);
    else if (data[0] === 0x51) socket.write(refusal);
    isKnown = true;
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const options = { host: '127.0.0.1', port: server.address().port, user: 'u', database: 'd', password: 'p', max: 1 };

const pool = new Pool(options);
for (let n = 0; n < 3; n++) await pool.query('INSERT').catch(() => undefined);
await pool.end();
console.log('by pool.query:', connections);

connections = 0;
const other = new Pool(options);
for (let n = 0; n < 3; n++) {
  const client = await other.connect();
  await client.query('INSERT').catch(() => undefined);
  client.release();
}
await other.end();
console.log('by a client of the pool:', connections);
server.close();
JS
node seen.js | tee seen.txt
diff <(printf 'by pool.query: 3\nby a client of the pool: 1\n') seen.txt
