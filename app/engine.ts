import { after } from 'next/server';
import { environment } from '#config/env.ts';
import { createRuntime } from '#host/runtime.ts';
import { createEngine, type Engine } from '#kernel/http/engine/engine.ts';
import { operations } from '#operations/index.ts';

let engine: Engine | undefined;

/** The engine of this bundle, made for its first request; its state is shared through the registry. */
export function nextEngine(): Engine {
  engine ??= createEngine(createRuntime(environment(), { defer }), operations);
  return engine;
}

/** Within a request Next keeps the process for it; outside one there is no such hook. */
function defer(work: Promise<unknown>): void {
  try {
    after(work);
  } catch {
    work.catch(() => undefined);
  }
}
