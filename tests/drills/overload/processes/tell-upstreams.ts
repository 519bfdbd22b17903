import { subscribe } from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How the upstreams have done since they were asked last. */
export interface Done {
  /** How late they were at worst, in milliseconds: one that is late itself is healthy no longer. */
  readonly late: number;
  readonly calls: number;
}

/** Loaded by `--import` into the upstreams: tells their parent how they have done, whenever it asks. */
const RESOLUTION = 10;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
let calls = 0;
delay.enable();
subscribe('http.server.request.start', () => calls++);
process.on('message', ({ done }: { readonly done?: true }) => {
  if (!done) return;
  process.send?.({ late: Math.max(0, delay.max / 1e6 - RESOLUTION), calls } satisfies Done);
  delay.reset();
  calls = 0;
});
