import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { type TraceContext, traceFrom } from '#kernel/telemetry/context/trace-context.ts';
import type { Engine } from './engine.ts';

const NONE: readonly string[] = [];

/** The place of a request in its caller's trace, or in a new one. */
export function traceOf({ runtime }: Pick<Engine, 'runtime'>, headers: InboundHeaders): TraceContext {
  const given = {
    traceparent: header(headers, 'traceparent'),
    tracestate: header(headers, 'tracestate'),
    baggage: header(headers, 'baggage'),
  };
  return traceFrom(given, runtime.baggage ?? NONE);
}
