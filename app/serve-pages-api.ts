import type { NextApiRequest, NextApiResponse } from 'next';
import type { Operation } from '#kernel/contract/operation.ts';
import { answerAppended } from '#kernel/http/adapters/node-adapter.ts';
import { type Routes, routesOf } from '#kernel/http/engine/routing.ts';
import { nextEngine } from './engine.ts';

/**
 * The handler of one file of the Pages Router, whose request and response are node:http's own: none of Next's helpers
 * are used, so that no body is parsed and no second ETag made.
 */
export function servePagesApi(
  ...operations: readonly Operation[]
): (request: NextApiRequest, response: NextApiResponse) => void {
  let routes: Routes | undefined;
  return (request, response) => {
    routes ??= routesOf(operations);
    answerAppended(nextEngine(), routes, request, response);
  };
}
