import type { Client } from 'pg';
import type { Doorbell } from '#kernel/state/state.ts';
import { FOLLOWED } from '../tables.ts';
import type { Connections } from './connections.ts';
import { sqlStateOf } from './failures.ts';
import { configOf } from './pool.ts';
import type { WriteStep } from './steps.ts';

/** What it has besides, but its types have not. */
type ListeningClient = Client & { readonly processID?: number | null; unref?(): void };

/** Rings within this many milliseconds become one, where they are sent and where they are heard. */
const TOGETHER = 50;
const MAX_PAUSE = 2_000;
const FIRST_PAUSE = 100;
const CHANNEL = 'tributary';

/**
 * LISTEN and NOTIFY of Postgres, without a payload, on a connection of its own once it has a listener. It is rung after
 * a commit and never in one: Postgres lets commits that notify through one at a time.
 */
export class PostgresDoorbell implements Doorbell {
  readonly rung = new Map<string, number>();
  readonly #connections: Connections;
  readonly #listeners = new Set<() => void>();
  readonly #send = together(() => this.#notify());
  readonly #hear = together(() => {
    for (const listener of this.#listeners) listener();
  });
  #client: Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE;
  #connecting: Promise<void> | undefined;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  get isOpen(): boolean {
    return this.#client !== undefined;
  }

  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#connect();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) void this.#disconnect();
    };
  }

  /** Rings for steps that other processes follow. They find what is due later by their polls. */
  ringFor(steps: readonly WriteStep[], now: number): void {
    const heard = steps.filter(
      ({ verb, name, number = 0 }) =>
        FOLLOWED.has(name) && (verb === 'append' || (verb === 'enqueue' && number <= now)),
    );
    for (const { name } of heard) this.rung.set(name, (this.rung.get(name) ?? 0) + 1);
    if (heard.length > 0) this.#send.call();
  }

  /** No listener is called after that. */
  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#disconnect();
  }

  async #disconnect(): Promise<void> {
    await this.#connecting;
    if (this.#listeners.size > 0) {
      // There is a listener again.
      this.#connect();
      return;
    }
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#send.stop();
    this.#hear.stop();
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  #connect(): void {
    if (this.#client !== undefined || this.#retry !== undefined) return;
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
  }

  async #open(): Promise<void> {
    let client: ListeningClient | undefined;
    try {
      client = await this.#listening();
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      // It keeps no process alive.
      client.unref?.();
    } catch {
      await client?.end().catch(() => undefined);
      this.#later();
      return;
    }
    this.#client = client;
    this.#pause = FIRST_PAUSE;
    // It may have rung before this process listened.
    this.#hear.call();
  }

  /** Throws where a certificate that it is to read can't be read. */
  async #listening(): Promise<ListeningClient> {
    const { Client } = await import('pg');
    const client: ListeningClient = new Client(configOf(this.#connections.settings));
    client.on('error', () => undefined);
    client.on('notification', ({ processId }) => {
      // Our own rings come back to us.
      if (processId !== client.processID) this.#hear.call();
    });
    client.once('end', () => this.#lost(client));
    return client;
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#later();
  }

  #later(): void {
    if (this.#listeners.size === 0) return;
    const pause = this.#pause * (0.5 + Math.random() / 2);
    this.#pause = Math.min(MAX_PAUSE, this.#pause * 2);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#connect();
    }, pause);
    this.#retry.unref();
  }

  /** A ring that fails is one that polls make up for. */
  #notify(): void {
    const text = `NOTIFY ${CHANNEL}`;
    const client = this.#client;
    if (client === undefined) this.#connections.query({ text }).catch(() => undefined);
    else client.query(text).catch((error) => this.#doubt(client, error));
  }

  /** One that gives no answer hears nothing either, and would not be told of it for a quarter of an hour. */
  #doubt(client: Client, error: unknown): void {
    if (sqlStateOf(error) !== undefined || this.#client !== client) return;
    this.#lost(client);
    client.end().catch(() => undefined);
  }
}

/** Calls at once, and then at most once in a while, the last time at its end. */
function together(act: () => void): { call(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  const call = () => {
    again = timer !== undefined;
    if (again) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) call();
    }, TOGETHER);
    timer.unref();
    act();
  };
  return {
    call,
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      again = false;
    },
  };
}
