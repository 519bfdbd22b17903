import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Outlet } from '#kernel/realtime/outlet.ts';
import { until } from './until.ts';

/** A client of a stream, as a connection would be: it takes everything at once, or nothing while it is paused. */
export class TestOutlet implements Outlet {
  /** Every write as it came. */
  readonly writes: Uint8Array[] = [];
  readonly events: EventSourceMessage[] = [];
  paused = false;
  queued = 0;
  over: 'open' | 'ended' | 'cut' | 'left' = 'open';
  readonly #listeners: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #parser = createParser({ onEvent: (event) => this.events.push(event) });

  write(bytes: Uint8Array): void {
    if (this.over !== 'open') throw new Error('written to after its end');
    this.writes.push(bytes);
    if (this.paused) this.queued += bytes.length;
    else this.#parser.feed(Buffer.from(bytes).toString());
  }

  drained(): Promise<void> {
    return this.queued === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Whether somebody waits until it has taken what is queued. */
  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  /** What was queued leaves. */
  flush(): void {
    this.queued = 0;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  end(): void {
    this.#close('ended');
  }

  cut(): void {
    this.#close('cut');
  }

  leave(): void {
    this.#close('left');
  }

  onClose(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Everything that was written, as text. */
  get text(): string {
    return Buffer.concat(this.writes).toString();
  }

  named(event: string): EventSourceMessage[] {
    return this.events.filter((one) => one.event === event);
  }

  /** Waits until so many events of a name have come. */
  async has(event: string, count: number): Promise<EventSourceMessage[]> {
    await until(`${count} events ${event}`, () => this.named(event).length >= count);
    return this.named(event);
  }

  #close(how: 'ended' | 'cut' | 'left'): void {
    if (this.over !== 'open') return;
    this.over = how;
    this.flush();
    for (const listener of this.#listeners) listener();
  }
}
