import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded by `--import` into the upstreams: tells how late they were at worst since they were asked last, in milliseconds. An
 * upstream that was late itself is healthy no longer.
 */
const RESOLUTION = 10;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
process.on('message', ({ late }: { readonly late?: true }) => {
  if (!late) return;
  process.send?.(Math.max(0, delay.max / 1e6 - RESOLUTION));
  delay.reset();
});
