import type { Outlet, StreamSource } from '#kernel/realtime/outlet.ts';

/** A source as a body of a web-standard Response, as route handlers give it. */
export function streamOf(source: StreamSource): ReadableStream<Uint8Array> {
  const outlet = new WebOutlet();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        outlet.controller = controller;
        source(outlet);
      },
      pull: () => outlet.flushed(),
      cancel: () => outlet.over(),
    },
    // Nothing is wanted in advance, so that what is queued is what the client has not taken.
    { highWaterMark: 0, size: (bytes) => bytes.byteLength },
  );
}

class WebOutlet implements Outlet {
  controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #listeners: (() => void)[] = [];
  #waiting: (() => void)[] = [];

  get queued(): number {
    return -(this.controller?.desiredSize ?? 0);
  }

  write(bytes: Uint8Array): void {
    this.controller?.enqueue(bytes);
  }

  drained(): Promise<void> {
    if (this.controller === undefined || this.queued === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    this.controller?.close();
    this.over();
  }

  cut(): void {
    this.controller?.error(new Error('the stream was cut'));
    this.over();
  }

  onClose(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The client has taken all there was. */
  flushed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Nothing more can be written. */
  over(): void {
    this.controller = undefined;
    this.flushed();
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
