import { callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { isRead, type Operation } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { composeRead } from '#kernel/http/read/compose.ts';
import { laneState } from '#kernel/upstream/lane/state.ts';
import { beginPageRead } from './page.ts';

/** V8 has then compiled most of what an answer runs through, upstream and back; more rounds bring less than they cost. */
const ROUNDS = 40;

/**
 * Asks this engine for each public read by its example: code is compiled, sockets are open and caches are filled before
 * the first visitor comes. Ends after `within` milliseconds at the latest: an upstream that is down must not keep the
 * server from starting. Only for a process without traffic: each round clears the caches.
 */
export async function warmUp(given: Engine, within: number): Promise<void> {
  const engine = { ...given, runtime: { ...given.runtime, rateLimits: {} } };
  const gone = new Cancellation();
  const timer = setTimeout(() => gone.cancel(callError('aborted', 'warm enough')), within);
  const reads = engine.operations.filter(isPublicRead);
  const { calls } = laneState(MAIN_LANE);
  for (let round = 0; round < ROUNDS && gone.reason === undefined; round++) {
    calls.clear();
    engine.responses.clear();
    await Promise.all(reads.map((operation) => ask(engine, operation, gone)));
  }
  clearTimeout(timer);
  // The cached calls stay. Cached answers go: the inspector shows which request composed them, and here there is none.
  engine.responses.clear();
}

const isPublicRead = (operation: Operation): boolean => {
  const { audience, live, file, probe } = operation.contract;
  return isRead(operation) && audience === 'public' && !live && !file && !probe;
};

/** It leaves no trace, and uses no quota. */
async function ask(engine: Engine, operation: Operation, gone: Cancellation): Promise<void> {
  const asked = await beginPageRead(engine, operation, operation.contract.example, {}, gone);
  if (!('slug' in asked)) await composeRead(engine, asked.context, gone).catch(() => undefined);
}
