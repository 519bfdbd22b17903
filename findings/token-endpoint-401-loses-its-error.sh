#!/usr/bin/env bash
# Package: openid-client 6.8.9.
# Guess: whatever status a token endpoint refuses a client with, `error.error` is the code of RFC 6749 §5.2, here
#   `invalid_client`: the RFC asks for 401 with WWW-Authenticate where the client used the Authorization header.
# Behaviour: with 400 it is. With 401 and WWW-Authenticate the error is of another class without `error`; the code stands
#   in `cause[0].parameters`, if the challenge has it at all, and the JSON body is not read.
# Output seen: 400: invalid_client / 401: undefined OAUTH_WWW_AUTHENTICATE_CHALLENGE
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm i --no-audit --no-fund --loglevel=error -E openid-client@6.8.9 >/dev/null 2>&1
cat > seen.js <<'JS'
import { createServer } from 'node:http';
import * as client from 'openid-client';
for (const status of [400, 401]) {
  const server = createServer((_, response) => {
    const challenge = status === 401 ? { 'WWW-Authenticate': 'Basic realm="tokens"' } : {};
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...challenge });
    response.end(JSON.stringify({ error: 'invalid_client' }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const metadata = { issuer: url, token_endpoint: `${url}/token` };
  const config = new client.Configuration(metadata, 'shop', undefined, client.ClientSecretBasic('wrong'));
  client.allowInsecureRequests(config);
  const error = await client.clientCredentialsGrant(config).catch((thrown) => thrown);
  console.log(`${status}:`, error.error, ...(error.error ? [] : [error.code]));
  server.close();
}
process.exit(0);
JS
node seen.js | tee seen.txt
diff <(printf '400: invalid_client\n401: undefined OAUTH_WWW_AUTHENTICATE_CHALLENGE\n') seen.txt
