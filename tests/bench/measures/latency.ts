import { local, runServer } from '../contender.ts';
import { pace } from '../load.ts';
import { freshId, say, start, stopAll } from '../running.ts';

/** Milliseconds of answers that take five slow calls, and of the slowest of these calls alone. */
export interface Added {
  readonly through: number[];
  readonly slowest: number[];
}

/** At a steady rate of requests a second. */
export async function measureLatency(steady: { perSecond: number; seconds: number }): Promise<Added> {
  const upstream = await start(runServer('upstreams', 'upstream.ts', {}, ['--slow']));
  const lean = await start(runServer('lean host', 'servers/lean.ts', { UPSTREAMS: local(upstream) }));
  const targets = [
    { port: lean.port, target: () => `/api/five/${freshId()}` },
    { port: upstream.port, target: () => `/recommendations/related/${freshId()}?limit=8` },
  ];
  await pace(targets, steady.perSecond, Math.min(10, steady.seconds));
  say(`Steady ${steady.perSecond} requests a second for ${steady.seconds} s …`);
  const [through = [], slowest = []] = await pace(targets, steady.perSecond, steady.seconds);
  stopAll();
  return { through, slowest };
}
