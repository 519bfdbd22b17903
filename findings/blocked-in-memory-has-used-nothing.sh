#!/usr/bin/env bash
# Package: rate-limiter-flexible 11.4.0, any store that takes `inMemoryBlockOnConsumed`.
# Guess: what a limiter rejects with says how much a key has used, also where the key is blocked in memory; and what was
#   taken back by `reward` may be used.
# Behaviour: the request that goes over the quota is rejected with what was used. From the next one on `consumedPoints`
#   is 0, so that `quota - consumedPoints` is the whole quota; and `reward` does not lift the block.
# Output seen: over: 3 / blocked: 0 / after a reward: rejected
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E rate-limiter-flexible@11.4.0 >/dev/null 2>&1
cat > seen.js <<'JS'
import { RateLimiterPostgres } from 'rate-limiter-flexible';
// A table of one row, as far as this limiter asks for it: points are added, and their sum is said.
let sum = 0;
const query = async ({ values }) => {
  sum += values[1];
  return { rows: [{ points: sum, expire: Date.now() + 60_000 }], rowCount: 1 };
};
const storeClient = { query };
const options = { points: 2, duration: 60, inMemoryBlockOnConsumed: 3, storeClient, storeType: 'pool', tableCreated: true };
const limiter = new RateLimiterPostgres(options);
const ask = () => limiter.consume('a').then(() => 'let through', (over) => over.consumedPoints);
await ask();
await ask();
console.log('over:', await ask());
console.log('blocked:', await ask());
await limiter.reward('a', 2);
console.log('after a reward:', (await ask()) === 'let through' ? 'let through' : 'rejected');
process.exit(0);
JS
node seen.js | tee seen.txt
diff <(printf 'over: 3\nblocked: 0\nafter a reward: rejected\n') seen.txt
