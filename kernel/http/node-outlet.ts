import type { ServerResponse } from 'node:http';
import type { Outlet } from '#kernel/realtime/outlet.ts';

const NOTHING = new Uint8Array();

/** A stream's way out over node:http. */
export class NodeOutlet implements Outlet {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get queued(): number {
    return this.#response.writableLength;
  }

  write(bytes: Uint8Array): void {
    this.#response.write(bytes);
  }

  drained(): Promise<void> {
    // Nothing, written after everything else: it has left once everything has.
    return new Promise((resolve) => void this.#response.write(NOTHING, () => resolve()));
  }

  end(): void {
    this.#response.end();
  }

  cut(): void {
    this.#response.destroy();
  }

  onClose(listener: () => void): void {
    this.#response.on('close', listener);
  }
}
