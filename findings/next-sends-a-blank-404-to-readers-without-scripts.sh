#!/usr/bin/env bash
# Package: next 16.4.5 with react 19.2.0, `next build` and `next start`, defaults.
# Guess: a page that calls notFound() once it has read that there is no such thing is answered 404 with the nearest
#   not-found.js in its HTML, as any page is; so is an address that no page has.
# Behaviour: the page's answer is a 404 whose HTML has an empty body: the words of not-found.js stand only within the
#   scripts, and who runs none sees a white page. An address that no page has gets its words.
# Output seen: page that is there: 200, in the HTML / notFound() of a page: 404, only within scripts / address of no page: 404, in the HTML
set -euo pipefail
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null; wait "${server:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$dir"
export NEXT_TELEMETRY_DISABLED=1
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E next@16.4.5 react@19.2.0 react-dom@19.2.0 >/dev/null 2>&1
mkdir -p 'app/things/[id]'
cat > app/layout.js <<'JS'
export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
JS
echo 'export default () => <p>nothing is here</p>;' > app/not-found.js
echo 'export default () => <p>home</p>;' > app/page.js
cat > 'app/things/[id]/page.js' <<'JS'
import { notFound } from 'next/navigation';
export default async function Thing({ params }) {
  const { id } = await params;
  if (id !== '1') notFound();
  return <p>a thing</p>;
}
JS
npx next build >/dev/null 2>&1
port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
node node_modules/next/dist/bin/next start -H 127.0.0.1 -p "$port" >/dev/null 2>&1 &
server=$!
cat > seen.js <<'JS'
const base = `http://127.0.0.1:${process.argv[2]}`;
for (let tries = 0; tries < 100; tries++) {
  if (await fetch(base).catch(() => undefined)) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
async function see(what, path, words) {
  const answer = await fetch(base + path);
  const html = await answer.text();
  const shown = html.replace(/<script[\s\S]*?<\/script>/g, '');
  const where = shown.includes(words) ? 'in the HTML' : html.includes(words) ? 'only within scripts' : 'nowhere';
  console.log(`${what}: ${answer.status}, ${where}`);
}
await see('page that is there', '/things/1', 'a thing');
await see('notFound() of a page', '/things/2', 'nothing is here');
await see('address of no page', '/nowhere', 'nothing is here');
JS
node seen.js "$port" | tee seen.txt
diff - seen.txt <<'SEEN'
page that is there: 200, in the HTML
notFound() of a page: 404, only within scripts
address of no page: 404, in the HTML
SEEN
