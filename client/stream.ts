/** Milliseconds after which a stream that was refused is asked for again, and in which several changes become one. */
const TRY_AGAIN = 30_000;
const SETTLE = 50;
/** Milliseconds that a hidden tab keeps its stream: over HTTP/1.1 all tabs share six connections to a host. */
const LINGER = 3_000;
/** More than these a stream does not take. */
const MAX_WATCHED = 20;
const TOO_MANY = {
  type: 'about:blank',
  title: 'Too much is watched at once',
  status: 429,
  detail: `A stream takes ${MAX_WATCHED} addresses: this one is watched once others are not.`,
  code: 'too-many-requests',
};

/** What the stream says of one address. */
export interface StreamMessage {
  readonly etag?: string;
  readonly view?: unknown;
  readonly problem?: unknown;
}

export type Listener = (message: StreamMessage) => void;

interface Watched {
  /** The last view that came. */
  last: StreamMessage | undefined;
  /** The last one of which no part was still to come. */
  settled: StreamMessage | undefined;
  readonly listeners: Set<Listener>;
}

/** All that one page watches, over one connection. */
export class Stream {
  readonly #open: ((url: string) => EventSource) | undefined;
  readonly #watched = new Map<string, Watched>();
  #source: EventSource | undefined;
  #opened = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param open undefined where there are no streams */
  constructor(open: ((url: string) => EventSource) | undefined) {
    this.#open = open;
  }

  last(address: string): StreamMessage | undefined {
    return this.#watched.get(address)?.last;
  }

  settled(address: string): StreamMessage | undefined {
    return this.#watched.get(address)?.settled;
  }

  /** A new listener gets the last message at once. */
  watch(address: string, listener: Listener): () => void {
    const entry = this.#watched.get(address) ?? { last: undefined, settled: undefined, listeners: new Set() };
    this.#watched.set(address, entry);
    entry.listeners.add(listener);
    globalThis.document?.addEventListener('visibilitychange', this.#onVisibilityChange);
    if (entry.last) listener(entry.last);
    this.#plan(SETTLE);
    return () => {
      entry.listeners.delete(listener);
      if (entry.listeners.size === 0 && this.#watched.get(address) === entry) this.#watched.delete(address);
      this.#plan(SETTLE);
    };
  }

  readonly #onVisibilityChange = (): void => this.#plan(document.hidden ? LINGER : SETTLE);

  #plan(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /** Opens the stream anew if its addresses have changed: a hidden tab has none. */
  #connect(): void {
    const hidden = globalThis.document?.hidden ?? false;
    const all = [...this.#watched.keys()];
    for (const address of all.slice(MAX_WATCHED)) this.#leaveOut(address);
    const wanted = hidden ? '' : all.slice(0, MAX_WATCHED).sort().join(',');
    const isOpen = this.#source !== undefined && this.#source.readyState !== this.#source.CLOSED;
    if (this.#open === undefined || (wanted === this.#opened && (isOpen || wanted === ''))) return;
    this.#source?.close();
    this.#source = undefined;
    this.#opened = wanted;
    if (wanted === '') return;
    this.#source = this.#open(`/api/events?watch=${encodeURIComponent(wanted)}`);
    for (const name of ['snapshot', 'problem']) this.#source.addEventListener(name, (event) => this.#dispatch(event));
    this.#source.addEventListener('error', () => this.#comeBackLater());
  }

  /** A listener for an address that the stream has no room for gets a problem, and the view once there is room. */
  #leaveOut(address: string): void {
    const entry = this.#watched.get(address);
    if (entry === undefined || entry.last !== undefined) return;
    entry.last = { problem: TOO_MANY };
    for (const listener of entry.listeners) listener(entry.last);
  }

  #dispatch({ data }: MessageEvent<string>): void {
    const { of, ...message } = JSON.parse(data) as StreamMessage & { of: string };
    const entry = this.#watched.get(of);
    if (entry === undefined) return;
    if ('view' in message) {
      entry.last = message;
      if (isSettled(message.view)) entry.settled = message;
    }
    for (const listener of entry.listeners) listener(message);
  }

  /** A connection that was lost an EventSource opens by itself; one that was refused it does not. */
  #comeBackLater(): void {
    if (this.#source?.readyState === this.#source?.CLOSED) this.#plan(TRY_AGAIN);
  }
}

/** A view without sections is always settled. */
function isSettled(view: unknown): boolean {
  const { meta } = (view ?? {}) as { meta?: { sections: Record<string, { state: string }> } };
  return Object.values(meta?.sections ?? {}).every(({ state }) => state !== 'pending');
}
