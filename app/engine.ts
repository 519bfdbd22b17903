import { after } from 'next/server';
import { environment } from '#config/env.ts';
import { deferred } from '#host/process/deferred.ts';
import { createRuntime } from '#host/runtime.ts';
import { createEngine, type Engine } from '#kernel/http/engine/engine.ts';
import { operations } from '#operations/index.ts';

let engine: Engine | undefined;

/** The engine of this bundle, made for its first request; its state is shared through the registry. */
export function nextEngine(): Engine {
  engine ??= createEngine(createRuntime(environment(), { defer }), operations);
  return engine;
}

/** The lean host waits for it while it drains. Within a request Next does so too; outside one it has no such hook. */
function defer(work: Promise<unknown>): void {
  deferred().add(work);
  try {
    after(work);
  } catch {}
}
