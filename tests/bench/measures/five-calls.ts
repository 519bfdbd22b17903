import { join } from 'node:path';
import { checkoutOf } from '../../drills/overload/checkout.ts';
import { CALLS } from '../calls.ts';
import { local, ready, runHost, runServer } from '../contender.ts';
import { type Entrant, type Race, type Result, race } from '../race.ts';
import { bar, freshId, start, stopAll } from '../running.ts';

/** Five calls an answer, none of which was made before. `against`: a commit that runs beside this tree. */
export async function raceFiveCalls(rules: Race, against: string | undefined): Promise<Result[]> {
  const upstream = await start(runServer('upstreams', 'upstream.ts'));
  const env = { UPSTREAMS: local(upstream) };
  const ours = () => `/api/five/${freshId()}`;
  const byHand = () => `/five/${freshId()}`;
  const next = await start(runHost('next start', 'next', false, env));
  const field: Entrant[] = [
    { contender: await start(runServer('lean host', 'servers/lean.ts', env)), target: ours },
    { contender: await start(runServer('undici by hand', 'servers/undici.js', env)), target: byHand },
    { contender: await start(runServer('Fastify with ky', 'servers/fastify.js', env)), target: byHand },
    { contender: next, target: ours },
    { contender: { ...next, name: 'Next route by hand' }, target: () => `/hand/five/${freshId()}` },
  ];
  if (against !== undefined) {
    const script = join(checkoutOf(against), 'tests/bench/servers/lean.ts');
    field.push({ contender: await start(runServer(against, script, env)), target: ours });
  }
  for (const { contender, target } of field) await ready(contender, target());
  const results = await race(field, rules, bar('Five calls an answer'));
  stopAll();
  return results;
}

/** Few connections: forty calls for each must not wait for the permits of their upstream. */
const GROWTH_CONNECTIONS = 2;

/** The same server, with answers of ever more calls. */
export async function raceGrowth(rules: Race): Promise<Result[]> {
  const upstream = await start(runServer('upstreams', 'upstream.ts'));
  const lean = await start(runServer('lean host', 'servers/lean.ts', { UPSTREAMS: local(upstream) }));
  const field = CALLS.map(
    (calls): Entrant => ({
      contender: { ...lean, name: `${calls} calls` },
      target: () => `/api/calls/${calls}/${freshId()}`,
    }),
  );
  for (const { contender, target } of field) await ready(contender, target());
  const results = await race(field, { ...rules, connections: GROWTH_CONNECTIONS }, bar('From five calls to forty'));
  stopAll();
  return results;
}
