import { randomBytes } from 'node:crypto';

const prefix = randomBytes(6).toString('hex');
let counter = 0;

/** A request id: a prefix drawn at boot and a counter, because a random id a request costs more than the lookup. */
export function nextRequestId(): string {
  return `${prefix}-${(++counter).toString(36)}`;
}

const REQUEST_ID = /^[\w.-]{1,64}$/;

/** The caller's `x-request-id` where it is short and harmless, else one of ours. */
export function requestIdFrom(header: string | undefined): string {
  return header !== undefined && REQUEST_ID.test(header) ? header : nextRequestId();
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const NO_TRACE = '0'.repeat(32);
const NO_PARENT = '0'.repeat(16);

/** The caller's trace id (W3C Trace Context) where it is well formed, else a new one. */
export function traceIdFrom(header: string | undefined): string {
  const match = header === undefined ? null : TRACEPARENT.exec(header);
  if (match?.[1] && match[1] !== NO_TRACE && match[2] !== NO_PARENT) return match[1];
  return prefix.padEnd(16, '0') + (++counter).toString(16).padStart(16, '0');
}

/** A `traceparent` for one outgoing call: the request's trace and a span of its own. */
export function traceparent(traceId: string): string {
  return `00-${traceId}-${prefix.slice(0, 4)}${(++counter).toString(16).padStart(12, '0')}-01`;
}
