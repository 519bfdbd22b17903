import { isIP } from 'node:net';
import type { CacheTier } from '#kernel/cache/tier.ts';

type Client = Awaited<ReturnType<typeof createClientFor>>;

/** Between two tries to connect, in milliseconds: doubled each time, and half of it by chance. */
const [FIRST_PAUSE, MAX_PAUSE] = [100, 5_000];
const CONNECT_TIMEOUT = 2_000;
/** A connection on which a reply is waited for, and nothing comes for so long, is given up for another one. */
const MUTE = 3_000;
/** So is one that does not come about, nor fail: longer than any pause. */
const STUCK = 10_000;
const LOOK_EVERY = 1_000;
/** More commands than may be unanswered at a time, so that the client's own bound is never met first. */
const QUEUE = 1_024;

/**
 * A tier in Redis or Valkey: `redis://[user:password@]host[:port][/database]`, `rediss:` for TLS. It connects in the
 * background, for as long as it takes, and keeps no process alive. What is asked meanwhile rejects at once.
 */
export function openRedisTier(url: string): CacheTier {
  const link = new Link(url);
  return {
    get unavailableReason() {
      return link.unavailableReason;
    },
    // The life first: a value that is written in between then seems older than it is, and not younger.
    read: (key) =>
      link.use(async (client) => {
        const [left, text] = await Promise.all([client.pTTL(key), client.get(key)]);
        return text === null || left <= 0 ? undefined : { text, left };
      }),
    write: (key, text, ttl) =>
      link.use(async (client) => {
        await client.set(key, text, { expiration: { type: 'PX', value: ttl } });
      }),
    remove: (key) =>
      link.use(async (client) => {
        await client.del(key);
      }),
    claim: (key, token, ttl) =>
      link.use(
        async (client) =>
          (await client.set(leaseOn(key), token, { condition: 'NX', expiration: { type: 'PX', value: ttl } })) !== null,
      ),
    release: (key, token) =>
      link.use(async (client) => {
        await client.eval(REMOVE_IF_ITS_OWN, { keys: [leaseOn(key)], arguments: [token] });
      }),
    close: () => link.close(),
  };
}

/** The command for it, DELEX, is of Redis 8.4 and not of Valkey. */
const REMOVE_IF_ITS_OWN = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;

/** On the node of its key: the part in braces is what a cluster goes by. */
const leaseOn = (key: string) => `${key}:lease`;

/**
 * One connection that is made anew when it ends, or falls silent. The client alone does not see to the latter: its
 * timeout is for what is not sent yet, and it waits for a reply as long as the socket is open.
 */
class Link {
  readonly #url: string;
  readonly #watch: NodeJS.Timeout;
  #client: Client | undefined;
  #waiting = 0;
  /** When something was heard last, or began to be waited for. */
  #heard = performance.now();
  #closed = false;
  /** Why it is not connected. */
  #unavailableReason = 'not connected yet';

  constructor(url: string) {
    this.#url = url;
    this.#watch = setInterval(() => this.#look(), LOOK_EVERY).unref();
    this.#connect();
  }

  get unavailableReason(): string | undefined {
    return this.#client?.isReady ? undefined : this.#unavailableReason;
  }

  async use<T>(command: (client: Client) => Promise<T>): Promise<T> {
    const client = this.#client;
    if (!client?.isReady) throw new Error(this.#unavailableReason);
    if (this.#waiting++ === 0) this.#heard = performance.now();
    try {
      return await command(client);
    } finally {
      this.#waiting--;
      if (client === this.#client) this.#heard = performance.now();
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#client?.destroy();
  }

  async #connect(): Promise<void> {
    this.#heard = performance.now();
    try {
      const client = await createClientFor(this.#url);
      if (this.#closed) return;
      this.#client = client;
      // Without a listener for errors the process would end with the first of them.
      client.on('error', (error: Error) => this.#note(error));
      client.on('ready', () => {
        this.#heard = performance.now();
      });
      client.unref();
      await client.connect();
    } catch (error) {
      this.#note(error as Error);
    }
  }

  #note(error: NodeJS.ErrnoException): void {
    this.#heard = performance.now();
    this.#unavailableReason = error.message || error.code || error.name;
  }

  #look(): void {
    const client = this.#client;
    if (client === undefined || !this.#isSilent(client)) return;
    // This process may have stood still itself: what has come meanwhile is read first.
    setImmediate(() => {
      if (this.#closed || client !== this.#client || !this.#isSilent(client)) return;
      this.#client = undefined;
      client.destroy();
      this.#connect();
    });
  }

  #isSilent({ isReady }: Client): boolean {
    if (isReady && this.#waiting === 0) return false;
    return performance.now() - this.#heard > (isReady ? MUTE : STUCK);
  }
}

/** The client is loaded only where there is a tier. */
async function createClientFor(url: string) {
  const { createClient } = await import('@redis/client');
  return createClient({
    url,
    // What can't be sent now is of no use later.
    disableOfflineQueue: true,
    commandsQueueMaxLength: QUEUE,
    // A timer for each command, that ends with its sending; the one that counts is the caller's.
    commandOptions: { timeout: 0 },
    maintNotifications: 'disabled',
    disableClientInfo: true,
    socket: { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: pauseBefore, ...serverNameOf(url) },
  });
}

/** The server's name (SNI, RFC 6066 §3), for an address that serves several. The client does not send it by itself. */
function serverNameOf(url: string): { readonly tls: true; readonly servername: string } | undefined {
  const { protocol, hostname } = new URL(url);
  const isName = isIP(hostname.replace(/^\[|\]$/g, '')) === 0;
  return protocol === 'rediss:' && isName ? { tls: true, servername: hostname } : undefined;
}

/** Instances that lost their server together do not come back together. */
function pauseBefore(retries: number): number {
  const pause = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** retries);
  return pause / 2 + (pause / 2) * Math.random();
}
