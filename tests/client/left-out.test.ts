import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Stream, type StreamMessage } from '#client/stream.ts';

/** A stream that says what it was opened for, and tells a view of each of them. */
class Source extends EventTarget {
  readonly CLOSED = 2;
  readyState = 1;
  readonly addresses: string[];
  constructor(url: string) {
    super();
    this.addresses = new URL(url, 'http://a.test').searchParams.get('watch')?.split(',') ?? [];
  }
  tell(): void {
    for (const of of this.addresses)
      this.dispatchEvent(new MessageEvent('snapshot', { data: JSON.stringify({ of, view: { of } }) }));
  }
  close(): void {
    this.readyState = this.CLOSED;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('of 25 addresses five hear that they are not watched, and are once there is room', () => {
  const opened: Source[] = [];
  const stream = new Stream((url) => {
    const source = new Source(url);
    opened.push(source);
    return source as unknown as EventSource;
  });
  const told = new Map<string, StreamMessage>();
  const addresses = Array.from({ length: 25 }, (_, at) => `/api/products/p-${at}`);
  const stops = addresses.map((address) => stream.watch(address, (one) => told.set(address, one)));
  vi.runOnlyPendingTimers();
  opened.at(-1)?.tell();
  expect(opened.at(-1)?.addresses).toHaveLength(20);
  const refused = addresses.filter((address) => told.get(address)?.problem !== undefined);
  expect(refused).toEqual(addresses.slice(20));
  expect(told.get(addresses[20] ?? '')?.problem).toMatchObject({ code: 'too-many-requests' });

  for (const stop of stops.slice(0, 5)) stop();
  vi.runOnlyPendingTimers();
  opened.at(-1)?.tell();
  expect(opened.at(-1)?.addresses.toSorted()).toEqual(addresses.slice(5).toSorted());
  for (const address of addresses.slice(20)) expect(told.get(address)).toEqual({ view: { of: address } });
});
