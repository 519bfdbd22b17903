import fastify from 'fastify';
import ky from 'ky';
import { composeByHand } from '../by-hand.js';

// What a team has today: Fastify's router and serialiser, ky over fetch.
const http = ky.create({ prefix: process.env.UPSTREAMS, retry: 0 });
const ask = (path, json) => (json ? http.post(path.slice(1), { json }) : http.get(path.slice(1))).json();

const app = fastify();
app.get('/five/:id', (request) => composeByHand(request.params.id, ask));
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: app.server.address().port });
process.on('disconnect', () => process.exit(0));
