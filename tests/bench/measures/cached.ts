import { startMockServer } from '../../../mocks/server.ts';
import { local, ready, runHost, runServer } from '../contender.ts';
import { type Race, type Result, race } from '../race.ts';
import { bar, start, stopAll } from '../running.ts';

export const PRODUCT = '/api/products/p-000042';

/** One answer that is cached, asked for again and again. */
export async function raceCached(rules: Race): Promise<Result[]> {
  const mocks = await startMockServer(0, { latency: 'none' });
  await start(Promise.resolve({ stop: () => mocks.close() }));
  const env = { MOCKS_PORT: String(mocks.port) };
  const lean = await start(runHost('lean host', '../..', true, env));
  await ready(lean, PRODUCT);
  const source = { SOURCE: local(lean) + PRODUCT };
  const field = [
    { contender: lean, target: () => PRODUCT },
    { contender: await start(runServer('bare node:http', 'servers/bare.js', source)), target: () => PRODUCT },
    { contender: await start(runHost('next start', '../..', false, env)), target: () => PRODUCT },
    {
      contender: await start(runHost('Next route by hand', 'next', false, source)),
      target: () => '/cached/p-000042',
    },
  ];
  for (const { contender, target } of field) await ready(contender, target());
  const results = await race(field, rules, bar('Cached answers'));
  stopAll();
  return results;
}
