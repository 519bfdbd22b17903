import { createServer } from 'node:http';
import { listen } from './listen.js';

// Nothing but node:http and the bytes that the lean host wrote, with its headers.
const source = await fetch(process.env.SOURCE, { headers: { 'accept-encoding': 'identity' } });
const bytes = Buffer.from(await source.arrayBuffer());
const OWN = ['connection', 'date', 'keep-alive', 'transfer-encoding', 'server-timing'];
const head = [...source.headers].filter(([name]) => !OWN.includes(name)).flat();
listen(createServer((_, response) => response.writeHead(200, head).end(bytes)));
