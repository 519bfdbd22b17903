import { createServer } from 'node:http';
import { Pool } from 'undici';
import { composeByHand } from '../by-hand.js';
import { listen } from './listen.js';

// The floor: what the same five requests cost with nothing around them.
const pool = new Pool(process.env.UPSTREAMS, { connections: 320, pipelining: 1 });
const POST = { 'content-type': 'application/json' };

async function ask(path, body) {
  const options = body ? { method: 'POST', body: JSON.stringify(body), headers: POST } : { method: 'GET' };
  const answer = await pool.request({ path, ...options });
  return answer.body.json();
}

async function answer(request, response) {
  const text = JSON.stringify(await composeByHand(request.url.slice('/five/'.length), ask));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

listen(
  createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(502).end(error.message));
  }),
);
