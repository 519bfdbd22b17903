const KEY = Symbol.for('tributary.registry');
const root = globalThis as { [KEY]?: Map<string, unknown> };
root[KEY] ??= new Map();
/** One map for all bundles, for as long as the process lives. */
const singletons = root[KEY];

/**
 * The one store for what outlives a module: Next evaluates our modules once per bundle, and module state is not shared.
 * It holds state, never closures, because the code that reads it may be newer than the code that made it.
 */
export function processSingleton<T>(name: string, create: () => T): T {
  let value = singletons.get(name) as T | undefined;
  if (value === undefined) {
    value = create();
    singletons.set(name, value);
  }
  return value;
}

/** Drops every singleton. For tests that need a process as new. */
export function resetRegistry(): void {
  singletons.clear();
}
