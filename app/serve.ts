import type { Operation } from '#kernel/contract/operation.ts';
import { answerWeb } from '#kernel/http/adapters/web-adapter.ts';
import { type Routes, routesOf } from '#kernel/http/engine/routing.ts';
import { nextEngine } from './engine.ts';

type RouteHandler = (request: Request) => Promise<Response>;
type RouteHandlers = Record<'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS', RouteHandler>;

/** The handlers of one route file: `export const { GET, HEAD, … } = serve(getProduct)`. All seven methods are answered. */
export function serve(...operations: readonly Operation[]): RouteHandlers {
  let routes: Routes | undefined;
  const handle: RouteHandler = (request) => {
    routes ??= routesOf(operations);
    return answerWeb(nextEngine(), routes, request);
  };
  return { GET: handle, HEAD: handle, POST: handle, PUT: handle, PATCH: handle, DELETE: handle, OPTIONS: handle };
}
