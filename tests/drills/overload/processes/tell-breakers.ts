import { pathToFileURL } from 'node:url';
import { MAIN_LANE } from '#kernel/base/lane.ts';

/**
 * Loaded by `--import` into a server under test, of this checkout or of an older one: tells its parent each time that
 * other breakers than before are not closed.
 */
const EVERY = 20;

process.on('message', async (order: { readonly lanes?: string }) => {
  if (order.lanes === undefined) return;
  const { laneState }: typeof import('#kernel/upstream/lane/state.ts') = await import(pathToFileURL(order.lanes).href);
  let last = '';
  setInterval(() => {
    const open = [...laneState(MAIN_LANE).upstreams]
      .filter(([, { breaker }]) => breaker.state !== 'closed')
      .map(([name]) => name)
      .sort();
    if (open.join() === last) return;
    last = open.join();
    process.send?.({ open, at: Date.now() });
  }, EVERY).unref();
});
