import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';

/** A trace as the ring keeps it, with what a test says of it. */
export const traceOf = (more: Partial<RequestTrace> = {}): RequestTrace => ({
  id: 'r-1',
  at: 0,
  method: 'GET',
  target: '/api/things/1',
  operation: 'getThing',
  lane: '',
  status: 200,
  duration: 1,
  deadline: 1_000,
  bytesOut: 1,
  cache: 'miss',
  sections: {},
  calls: [],
  ...more,
});

export const callOf = (more: Partial<CallTrace> = {}): CallTrace => ({
  section: 'price',
  upstream: 'shop',
  call: 'batch prices',
  cache: 'miss',
  start: 0,
  duration: 1,
  outcome: 'ok',
  personal: false,
  ...more,
});
