import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { over, type Running, runHost } from './host.ts';
import { scratch } from './scratch.ts';

type Kind = 'lean' | 'next';

let mocks: Promise<MockServer> | undefined;
const hosts = new Map<Kind, Promise<Running>>();

/**
 * The mocks under the hosts that the files of a worker share. Files of a worker run one after the other, so each finds
 * them well; what they have done to customers and products is there still: a test counts from what it has found.
 */
export const sharedMocks = (): Promise<MockServer> => (mocks ??= startMockServer(0, { latency: 'none' }));

/** A host without anything special to it, which is started once for all files of a worker and leaves with it. */
export function sharedHost(kind: Kind): Promise<Running> {
  const host =
    hosts.get(kind) ??
    sharedMocks().then((own) =>
      runHost(kind, { ...over(own), DATA_DIR: mkdtempSync(join(scratch(process.ppid), 'data-')) }, { leaves: true }),
    );
  hosts.set(kind, host);
  return host;
}
