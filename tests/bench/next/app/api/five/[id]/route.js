import 'zod/compile';
import { answerWeb } from '../../../../../../../kernel/http/adapters/web-adapter.ts';
import { createEngine } from '../../../../../../../kernel/http/engine/engine.ts';
import { routesOf } from '../../../../../../../kernel/http/engine/routing.ts';
import { getFive, runtimeOver } from '../../../../../five.ts';

const routes = routesOf([getFive]);
let engine;

/** The engine as a route handler. */
export function GET(request) {
  engine ??= createEngine(runtimeOver(process.env.UPSTREAMS), [getFive]);
  return answerWeb(engine, routes, request);
}
