import 'zod/compile';
import { LimitedServer } from '../../../host/server/node-server.ts';
import { answerNode } from '../../../kernel/http/adapters/node-adapter.ts';
import { createEngine } from '../../../kernel/http/engine/engine.ts';
import { routesOf } from '../../../kernel/http/engine/routing.ts';
import { warmUp } from '../../../kernel/http/pages/warm-up.ts';
import { getLiveness } from '../../../operations/server/health.ts';
import { getFive, runtimeOver } from '../five.ts';
import { manyCalls } from '../many.ts';
import { listen } from './listen.js';

// The lean host with the operations of the benchmark, and its health for whoever watches it.
const operations = [getFive, ...manyCalls, getLiveness];
const engine = createEngine(runtimeOver(process.env.UPSTREAMS ?? ''), operations);
const routes = routesOf(operations);
await warmUp(engine, 5_000);
listen(new LimitedServer((request, response) => answerNode(engine, routes, request, response)));
