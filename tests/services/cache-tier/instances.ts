import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Order, Told } from './instance.ts';

const INSTANCE = fileURLToPath(new URL('./instance.ts', import.meta.url));

/** Instances over one state, one upstream and one Redis, each a process of its own. */
export class Instances {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tributary-instances-'));
  readonly #key = randomBytes(32).toString('hex');
  readonly #children: ChildProcess[] = [];

  /** Starts so many more; without a URL of a Redis they have only their own caches. */
  async start(count: number, upstream: string, redis: string | undefined): Promise<void> {
    const more = Array.from({ length: count }, () =>
      fork(INSTANCE, [join(this.#folder, 'state.db'), redis ?? '', upstream, this.#key], { execArgv: [] }),
    );
    this.#children.push(...more);
    await Promise.all(more.map(heard));
  }

  /** Has one of them do something. */
  async tell(at: number, order: Order): Promise<Told> {
    const child = this.#children[at];
    if (child === undefined) throw new Error(`there is no instance ${at}`);
    child.send(order);
    return (await heard(child)) as Told;
  }

  /** Has all of them do the same, at once. */
  all(order: Order): Promise<Told[]> {
    return Promise.all(this.#children.map((_, at) => this.tell(at, order)));
  }

  async end(): Promise<void> {
    await Promise.all(
      this.#children.map((child) => {
        const gone = new Promise((resolve) => child.once('close', resolve));
        child.kill('SIGKILL');
        return gone;
      }),
    );
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What a process says next; fails where it ends instead. */
function heard(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onEnd = (code: number | null) => reject(new Error(`an instance ended with ${code}`));
    child.once('close', onEnd);
    child.once('message', (message) => {
      child.off('close', onEnd);
      resolve(message);
    });
  });
}
