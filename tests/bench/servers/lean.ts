import { start } from '../../../kernel/http/engine.ts';
import { answerNode } from '../../../kernel/http/node-door.ts';
import { LimitedServer } from '../../../kernel/http/node-server.ts';
import { routesOf } from '../../../kernel/http/routing.ts';
import { getFive, runtimeOver } from '../five.ts';
import { listen } from './listen.js';

// The lean host with one operation.
const engine = start(runtimeOver(process.env.UPSTREAMS ?? ''), [getFive]);
const routes = routesOf([getFive]);
listen(new LimitedServer((request, response) => answerNode(engine, routes, request, response)));
