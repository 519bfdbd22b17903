import type { EngineDeps } from '#kernel/flow/flow.ts';
import type { Upstream } from '#kernel/upstream/calls/call.ts';
import { createExchange } from '#kernel/upstream/exchange/exchange.ts';
import { type RequestOptions, WireResponse } from '#kernel/upstream/exchange/transport.ts';
import type { TestEngine } from './engine.ts';

/** Answers all calls without sockets, for tests of what is made of answers: a number is a status, undefined a 404. */
export function answered(
  shop: TestEngine,
  answerTo: (upstream: string, path: string, body: string | undefined) => unknown,
): TestEngine {
  const client =
    ({ name }: Upstream) =>
    async (_: string, path: string, { body }: RequestOptions) => {
      const value = answerTo(name, path, body);
      const status = value === undefined ? 404 : typeof value === 'number' ? value : 200;
      const bytes = Buffer.from(JSON.stringify(status === 200 ? value : {}));
      return new WireResponse(status, { 'content-type': 'application/json' }, bytes, performance.now());
    };
  const exchange: EngineDeps['exchange'] = (upstream, lane) => createExchange(upstream, lane, client(upstream));
  Object.assign(shop.engine.deps, { exchange });
  return shop;
}
