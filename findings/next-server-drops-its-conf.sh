#!/usr/bin/env bash
# Package: next 16.4.5, a custom server with the documented option `conf` of `next()`.
# Guess: "the same object you would use in next.config.js" is used in its place.
# Behaviour: it is dropped when the server is prepared. The file is looked for and read as if nothing had been given; what
#   `conf` says (here a field for every answer) has no effect, and nothing is said.
# Output seen: conf: x-seen none / file: x-seen yes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export NEXT_TELEMETRY_DISABLED=1
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E next@16.4.5 react@19.2.0 react-dom@19.2.0 >/dev/null 2>&1
mkdir -p app/api/hello
cat > app/api/hello/route.js <<'JS'
export const dynamic = 'force-dynamic';
export const GET = () => new Response('hello');
JS
cat > app/layout.js <<'JS'
export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
JS
cat > conf.js <<'JS'
export const conf = {
  headers: async () => [{ source: '/:path*', headers: [{ key: 'x-seen', value: 'yes' }] }],
};
JS
cat > seen.js <<'JS'
import { createServer } from 'node:http';
import next from 'next';
import { conf } from './conf.js';
const app = next({ dev: true, dir: '.', port: 0, hostname: '127.0.0.1', ...(process.argv[2] === 'conf' && { conf }) });
await app.prepare();
const handle = app.getRequestHandler();
const server = createServer((request, response) => handle(request, response)).listen(0, '127.0.0.1', async () => {
  const { headers } = await fetch(`http://127.0.0.1:${server.address().port}/api/hello`);
  console.log(`${process.argv[2]}: x-seen ${headers.get('x-seen') ?? 'none'}`);
  process.exit(0);
});
JS
node seen.js conf 2>/dev/null | grep ^conf: > seen.txt
cp conf.js next.config.js && echo 'export default conf;' >> next.config.js
node seen.js file 2>/dev/null | grep ^file: >> seen.txt
cat seen.txt
diff <(printf 'conf: x-seen none\nfile: x-seen yes\n') seen.txt
