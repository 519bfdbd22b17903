import { start } from '../../../kernel/http/engine.ts';
import { answerNode } from '../../../kernel/http/node-door.ts';
import { LimitedServer } from '../../../kernel/http/node-server.ts';
import { routesOf } from '../../../kernel/http/routing.ts';
import { getLiveness } from '../../../operations/health.ts';
import { getFive, runtimeOver } from '../five.ts';
import { listen } from './listen.js';

// The lean host with one operation, and its health for whoever watches it.
const operations = [getFive, getLiveness];
const engine = start(runtimeOver(process.env.UPSTREAMS ?? ''), operations);
const routes = routesOf(operations);
listen(new LimitedServer((request, response) => answerNode(engine, routes, request, response)));
