import { start } from '../../../../../../../kernel/http/engine.ts';
import { routesOf } from '../../../../../../../kernel/http/routing.ts';
import { answerWeb } from '../../../../../../../kernel/http/web-door.ts';
import { getFive, runtimeOver } from '../../../../../five.ts';

const routes = routesOf([getFive]);
let engine;

/** The engine as a route handler. */
export function GET(request) {
  engine ??= start(runtimeOver(process.env.UPSTREAMS), [getFive]);
  return answerWeb(engine, routes, request);
}
