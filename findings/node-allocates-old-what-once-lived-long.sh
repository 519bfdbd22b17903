#!/usr/bin/env bash
# Package: node 26.10.0 (V8), from npm.
# Guess: where an object is allocated depends on how long such objects live now.
# Behaviour: if nearly all objects that one line of code makes survive a scavenge at the full size of the young generation,
#   as when a cache fills after the start, that line allocates in the old generation from then on, and this is not undone
#   when what it makes lives briefly. Each such object keeps all that it refers to alive until the next major collection:
#   in a server that is a whole request. Whether it comes to that depends on the moment of a scavenge and of a compilation,
#   so that of two equal processes one spends a third of its time on collections. --no-allocation-site-pretenuring avoids
#   it. A young generation of 1 MiB, which is full at once, makes it happen in each run here.
# Output seen: old generation grew by 35 MiB, 0 MiB with --no-allocation-site-pretenuring
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --no-audit --no-fund --loglevel=error -E node@26.10.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { getHeapSpaceStatistics } from 'node:v8';

const old = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size;
const wrap = (value) => ({ value, all: [value] });
const heavy = () => Array.from({ length: 64 }, (_, at) => ({ at }));

const cached = [];
for (let at = 0; at < 2_000; at++) cached.push(wrap(heavy()));
globalThis.gc();

const last = new Array(8).fill(undefined);
const serve = (times) => {
  for (let at = 0; at < times; at++) last[at % 8] = wrap(heavy());
};
for (let turn = 0; turn < 50; turn++) serve(100);
const before = old();
for (let turn = 0; turn < 500; turn++) serve(100);
console.log(Math.round((old() - before) / 2 ** 20));
JS
node=node_modules/.bin/node
flags=(--expose-gc --heap-growing-percent=1000 --max-semi-space-size=1)
usual=$("$node" "${flags[@]}" seen.mjs)
without=$("$node" "${flags[@]}" --no-allocation-site-pretenuring seen.mjs)
echo "node $("$node" --version): old generation grew by $usual MiB, $without MiB with --no-allocation-site-pretenuring"
[ "$usual" -ge 15 ] && [ "$without" -le 2 ]
