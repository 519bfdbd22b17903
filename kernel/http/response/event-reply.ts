import { processSingleton } from '#kernel/base/registry.ts';
import { acceptable } from '#kernel/http/negotiation/negotiate.ts';
import { header, type Inbound, type Reply } from '#kernel/http/request/inbound.ts';
import { frame } from '#kernel/realtime/frame.ts';
import type { Outlet, StreamSource } from '#kernel/realtime/outlet.ts';
import { retryHint } from '#kernel/realtime/streams.ts';

export const EVENT_STREAM = 'text/event-stream';
/** The media types of any read. */
export const READ_TYPES = ['application/json', EVENT_STREAM] as const;

/** A stream of events: never stored, transformed or buffered on its way. */
export function eventReply(requestId: string, body: StreamSource): Reply {
  return {
    status: 200,
    headers: [
      'Content-Type',
      EVENT_STREAM,
      'Cache-Control',
      'no-store, no-transform',
      'X-Accel-Buffering',
      'no',
      // A client that reconnects opens a new connection anyway, and while draining no connection may stay idle.
      'Connection',
      'close',
      'X-Request-Id',
      requestId,
    ],
    body,
  };
}

/** Whether a request would rather have events than JSON. */
export function wantsEvents({ method, headers }: Pick<Inbound, 'method' | 'headers'>): boolean {
  return method === 'GET' && acceptable(header(headers, 'accept'), READ_TYPES) === EVENT_STREAM;
}

/** Whether time cures what a status says. */
export const isTransient = (status: number): boolean => status === 429 || status >= 500;

/**
 * A problem that time cures, for a client that can come back by itself: an EventSource takes any status but 200 for
 * final (WHATWG HTML §9.2.2), so it gets a stream that says what is wrong, when to try again, and ends.
 */
export function problemStream(problem: Reply, requestId: string): Reply {
  const { body } = problem;
  const text = typeof body === 'object' ? Buffer.from(body).toString() : '{}';
  return eventReply(requestId, (outlet) => sendProblemAndEnd(outlet, text));
}

/** Milliseconds for which a stream that is refused stays open, and how many may at once. */
const REFUSED_MS = { least: 1_000, spread: 1_000 };
const MAX_REFUSED_OPEN = 2_000;
const refusedStreams = () => processSingleton('held streams', () => ({ count: 0 }));

/**
 * Sends a problem (RFC 9457, as JSON) and when to come back, and ends, but not at once: some clients take a 200 for
 * success, forget their backoff, and reconnect in the same moment.
 */
export function sendProblemAndEnd(outlet: Outlet, problem: string): void {
  outlet.write(Buffer.concat([retryHint(), frame({ event: 'problem', data: problem })]));
  const all = refusedStreams();
  if (all.count >= MAX_REFUSED_OPEN) {
    outlet.end();
    return;
  }
  all.count++;
  let isOver = false;
  const over = () => {
    if (isOver) return;
    isOver = true;
    all.count--;
    clearTimeout(timer);
  };
  const timer = setTimeout(
    () => {
      if (isOver) return;
      over();
      outlet.end();
    },
    REFUSED_MS.least + REFUSED_MS.spread * Math.random(),
  );
  // It does not keep the process alive.
  timer.unref();
  outlet.onClose(over);
}
