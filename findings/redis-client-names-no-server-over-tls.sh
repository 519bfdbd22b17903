#!/usr/bin/env bash
# Package: @redis/client 6.3.1, against a TLS server that the script brings along (openssl makes its certificate).
# Guess: `rediss://cache.example.com` names that host in its TLS handshake (SNI, RFC 6066 §3), as browsers and fetch do.
# Behaviour: it hands host and port to `tls.connect`, which checks the certificate against the host but names no server by
#   itself. Servers that serve several names at one address, and proxies that route by it, see none. With
#   `socket: { tls: true, servername }` the name is there.
# Output seen: by its URL alone: false / with servername: localhost
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E @redis/client@6.3.1 >/dev/null 2>&1
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost >/dev/null 2>&1
cat > seen.js <<'JS'
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { createClient } from '@redis/client';

const server = createServer({ key: readFileSync('key.pem'), cert: readFileSync('cert.pem') }, (socket) => {
  seen = socket.servername;
  socket.on('error', () => undefined);
  socket.destroy();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
let seen;
const ask = async (said, more) => {
  const socket = { rejectUnauthorized: false, reconnectStrategy: false, ...more };
  const client = createClient({ url: `rediss://localhost:${server.address().port}`, socket });
  client.on('error', () => undefined);
  await client.connect().catch(() => undefined);
  console.log(`${said}:`, seen);
};
await ask('by its URL alone', {});
await ask('with servername', { tls: true, servername: 'localhost' });
server.close();
JS
node seen.js | tee seen.txt
diff <(printf 'by its URL alone: false\nwith servername: localhost\n') seen.txt
