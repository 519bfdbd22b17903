import { hubOf } from '#kernel/realtime/hub.ts';
import { identity } from '#services/identity/identity.ts';
import { phase } from './lifecycle.ts';

/** Milliseconds after which Next is not waited for any longer; orchestrators kill after 30 s. */
const TIMEOUT_MS = 20_000;

/** Ends every open stream, so that its client comes back to another process; new ones are sent there too. */
export function drainStreams(): void {
  hubOf(identity().sessions.state).streams.drain();
}

/** Whether open streams are to end, because the process is about to. */
export const streamsEnd = (): boolean => hubOf(identity().sessions.state).streams.draining;

/**
 * Next lets open answers finish when it is asked to stop, however long they take: streams would delay it for ever. One
 * whose client reads nothing does so even when it is cut, since Next waits for that client first.
 */
export function drainStreamsWithNext(): void {
  // A host that drains by itself has reported by now that it is starting.
  if (phase() !== 'ready') return;
  const stop = () => {
    drainStreams();
    setTimeout(() => process.exit(0), TIMEOUT_MS).unref();
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);
}
