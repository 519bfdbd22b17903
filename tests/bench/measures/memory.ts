import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LEAN_FLAGS } from '../../support/lean-flags.ts';
import { local, runServer } from '../contender.ts';
import { say, start, stopAll } from '../running.ts';

/** Bytes of resident memory, and how many values the cache held at the end. */
export interface Memory {
  readonly start: number;
  readonly most: number;
  readonly end: number;
  readonly held: number;
}

/** So many products with distinct keys pass through a call cache of 64 MiB. */
export async function measureMemory(keys: number): Promise<Memory> {
  const upstream = await start(runServer('upstreams', 'upstream.ts'));
  const text = await (await fetch(`${local(upstream)}/catalog/products/p-000042`)).text();
  stopAll();
  say(`${keys.toLocaleString('en')} keys through a cache of 64 MiB …`);
  const script = fileURLToPath(new URL('../servers/memory.ts', import.meta.url));
  const child = fork(script, [String(keys), text], { execArgv: [...LEAN_FLAGS, '--expose-gc'] });
  return new Promise((resolve, reject) => {
    child.once('message', (seen) => resolve(seen as Memory));
    child.once('exit', (code) => reject(new Error(`servers/memory.ts ended with ${code}`)));
  });
}
