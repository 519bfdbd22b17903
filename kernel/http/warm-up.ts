import { Cancellation } from '#kernel/base/cancellation.ts';
import { fault } from '#kernel/base/fault.ts';
import { isRead, type Operation } from '#kernel/contract/operation.ts';
import { compose } from './compose.ts';
import type { Engine } from './engine.ts';
import { admitPage } from './page.ts';

/** As often as it takes until V8 has compiled what every request runs through. */
const ROUNDS = 20;

/**
 * Asks this engine for each public read by its example: code is compiled, sockets are open and caches hold what is asked
 * for most before the first visitor comes. Ends after `within` milliseconds at the latest, however it went: an upstream
 * that is down is no reason not to start.
 */
export async function warmUp(engine: Engine, within: number): Promise<void> {
  const gone = new Cancellation();
  const timer = setTimeout(() => gone.cancel(fault('aborted', 'warm enough')), within);
  const reads = engine.operations.filter(isPublicRead);
  for (let round = 0; round < ROUNDS && gone.fault === undefined; round++) {
    await Promise.all(reads.map((operation) => ask(engine, operation, round, gone)));
  }
  clearTimeout(timer);
}

const isPublicRead = (operation: Operation): boolean => {
  const { audience, live, file, probe } = operation.contract;
  return isRead(operation) && audience === 'public' && !live && !file && !probe;
};

/** The first time as everybody asks; then with all parts named, which no cache of answers holds. No trace tells of it. */
async function ask(engine: Engine, operation: Operation, round: number, gone: Cancellation): Promise<void> {
  const { example, parts = [] } = operation.contract;
  const address = round > 0 && parts.length > 0 ? { ...example, parts: parts.join(',') } : example;
  const admitted = await admitPage(engine, operation, address, {}, gone);
  if (!('slug' in admitted)) await compose(engine, admitted, gone);
}
