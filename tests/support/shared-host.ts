import { type MockServer, startMockServer } from '#mocks/server.ts';
import { over, runHost } from './host.ts';

const made = new Map<string, Promise<unknown>>();

/** What the files of a worker share: made for the first that asks, and there until the worker ends. */
export function once<T>(what: string, make: () => Promise<T>): Promise<T> {
  const shared = (made.get(what) as Promise<T> | undefined) ?? make();
  made.set(what, shared);
  return shared;
}

/**
 * The mocks under the hosts that the files of a worker share. Files of a worker run one after the other, so each finds
 * them well; what was done to customers and products is there still: a test counts from what it has found.
 */
export const sharedMocks = (): Promise<MockServer> => once('mocks', () => startMockServer(0, { latency: 'none' }));

/** A host without anything special to it, which leaves with the worker. */
export const sharedHost = (kind: 'lean' | 'next'): ReturnType<typeof runHost> =>
  once(kind, async () => runHost(kind, over(await sharedMocks()), { leaves: true }));
