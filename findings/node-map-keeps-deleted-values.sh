#!/usr/bin/env bash
# Package: node 26.10.0 (V8), from npm; also seen with 24.11.0.
# Guess: a value that is deleted from a Map is garbage from then on, and dies in the next scavenge like any other.
# Behaviour: a Map that is set and deleted all the time moves to a new table every few deletions. The old table keeps what
#   it held, and refers to the new one. The first major collection moves one of them to the old generation, and from then on
#   scavenges take all that follow for alive, and move what they held there too: a third of all values here. The next major
#   collection frees them and begins anew. With cells that are emptied at the deletion next to nothing is moved.
# Output seen: old generation grew by 33 MiB with a Map, 1 MiB with cells
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --no-audit --no-fund --loglevel=error -E node@26.10.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import { getHeapSpaceStatistics } from 'node:v8';

const old = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size;
const heavy = () => Array.from({ length: 128 }, (_, at) => ({ at }));
const map = new Map();
const isCells = process.argv[2] === 'cells';

globalThis.gc();
const before = old();
for (let key = 0; key < 20_000; key++) {
  map.set(key, { value: heavy() });
  const oldest = map.get(key - 10);
  map.delete(key - 10);
  if (isCells && oldest) oldest.value = undefined;
}
console.log(Math.round((old() - before) / 2 ** 20));
JS
node=node_modules/.bin/node
map=$("$node" --expose-gc --heap-growing-percent=1000 seen.mjs map)
cells=$("$node" --expose-gc --heap-growing-percent=1000 seen.mjs cells)
echo "node $("$node" --version): old generation grew by $map MiB with a Map, $cells MiB with cells"
[ "$map" -ge 10 ] && [ "$cells" -le 2 ]
