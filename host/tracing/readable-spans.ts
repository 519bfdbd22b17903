import type { HrTime, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Span, SpanTree } from './span.ts';

/** The SDK's numbers (`SpanKind`, `SpanStatusCode`, `TraceFlags`): its module is not loaded for them. */
const KINDS = { internal: 0, server: 1, client: 2 } as const;
const STATUS = { unset: 0, error: 2 } as const;
const SAMPLED = 1;

const SCOPE = { name: 'tributary' };
const MILLISECOND = 1e6;
const SECOND = 1_000;

/** A request's spans as the SDK's exporter takes them. */
export function readableSpans(
  { context: { traceId }, spans }: SpanTree,
  resource: ReadableSpan['resource'],
): ReadableSpan[] {
  return spans.map((span) => readable(span, traceId, resource));
}

function readable(span: Span, traceId: string, resource: ReadableSpan['resource']): ReadableSpan {
  const context: SpanContext = { traceId, spanId: span.id, traceFlags: SAMPLED };
  const parent =
    span.parentId === undefined ? undefined : { ...context, spanId: span.parentId, isRemote: span.isRemoteChild };
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context,
    ...(parent && { parentSpanContext: parent }),
    startTime: hrTime(span.start),
    endTime: hrTime(span.end),
    duration: hrTime(span.end - span.start),
    status: { code: span.failed ? STATUS.error : STATUS.unset },
    attributes: span.attributes,
    links: span.links.map((link) => ({ context: { ...link, traceFlags: SAMPLED } })),
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Milliseconds as whole seconds and nanoseconds. */
function hrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / SECOND);
  const nanos = Math.round((milliseconds - seconds * SECOND) * MILLISECOND);
  return nanos < SECOND * MILLISECOND ? [seconds, nanos] : [seconds + 1, 0];
}
