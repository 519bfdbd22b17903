import { pathToFileURL } from 'node:url';

/**
 * Loaded by `--import` into a server under test, of this checkout or of an older one: tells its parent each time that
 * other breakers than before are not closed.
 */
const EVERY = 20;

process.on('message', async (order: { readonly health?: string }) => {
  if (order.health === undefined) return;
  const { openBreakers } = (await import(pathToFileURL(order.health).href)) as { openBreakers(): string[] };
  let last = '';
  setInterval(() => {
    const open = openBreakers().sort();
    if (open.join() === last) return;
    last = open.join();
    process.send?.({ open, at: Date.now() });
  }, EVERY).unref();
});
