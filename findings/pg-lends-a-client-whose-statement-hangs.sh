#!/usr/bin/env bash
# Package: pg 8.23.1, against a server of its protocol that the script brings along, which never answers a statement.
# Guess: after `query_timeout` a client that is released goes back as good as new, or is thrown away.
# Behaviour: the statement is given up for its caller alone. The client still waits for the answer, `release()` without an
#   argument puts it back into the pool, and whoever gets it next waits behind that statement, for nothing, until their
#   own timeout. `release(true)` throws it away; `pool.query` does so by itself.
# Output seen: statements that arrive, of two, after release(): 1 / after release(true): 2
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
const welcome = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);

let statements = 0;
const server = createServer((socket) => {
  let isKnown = false;
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    if (!isKnown) socket.write(welcome);
    else if (data[0] === 0x51) statements++;
    isKnown = true;
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const options = { host: '127.0.0.1', port: server.address().port, user: 'u', database: 'd', password: 'p' };

for (const [said, release] of [['after release()', []], ['after release(true)', [true]]]) {
  statements = 0;
  const pool = new Pool({ ...options, max: 1, query_timeout: 200 });
  for (let n = 0; n < 2; n++) {
    const client = await pool.connect();
    await client.query('SELECT 1').catch(() => undefined);
    client.release(...release);
  }
  await pool.end();
  console.log(`${said}:`, statements);
}
server.close();
JS
node seen.js | tee seen.txt
diff <(printf 'after release(): 1\nafter release(true): 2\n') seen.txt
