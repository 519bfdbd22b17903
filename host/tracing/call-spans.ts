import type { TraceContext } from '#kernel/telemetry/context/trace-context.ts';
import { nextSpan, spanId } from '#kernel/telemetry/context/trace-context.ts';
import { isHurt } from '#kernel/telemetry/harm.ts';
import type { AttemptTrace, CallTrace, WireTrace } from '#kernel/telemetry/trace.ts';
import { type Attributes, type Span, type SpanLink, type Surroundings, within } from './span.ts';

/** What the spans of a request's calls have in common. */
export interface Calls {
  readonly context: TraceContext;
  readonly place: Surroundings;
  /** When the request's code began, milliseconds since 1970. */
  readonly began: number;
  /** Attempts that have their spans already: those of a batch are shared by its calls. */
  readonly shown: Set<readonly AttemptTrace[]>;
}

/**
 * The span of a call, and one for each attempt that was made for it. Where its value came with another request's flight,
 * or with another call of a batch, it links to the attempt that brought it.
 */
export function callSpans(call: CallTrace, parent: Span, calls: Calls): Span[] {
  const { wire } = call;
  const owns = wire !== undefined && wire.context === calls.context && !calls.shown.has(wire.tries);
  const start = calls.began + call.start;
  const own: Span = {
    id: spanId(nextSpan()),
    parentId: parent.id,
    isRemoteChild: false,
    name: nameOf(call),
    kind: 'internal',
    ...within(parent, start, start + call.duration),
    attributes: callAttributes(call),
    links: wire === undefined || owns ? [] : linkTo(wire),
    failed: isHurt(call),
  };
  if (!owns) return [own];
  calls.shown.add(wire.tries);
  return [own, ...wire.tries.flatMap((tried, index) => attemptSpan(call, tried, index, own, calls))];
}

/** `GET products/{}`: what may stand behind it in the query is a user's. */
const nameOf = ({ call }: CallTrace) => call.split('?', 1)[0] as string;

function callAttributes(call: CallTrace): Attributes {
  const { upstream, section, cache, age, outcome, personal, mocked, wire } = call;
  return {
    'tributary.upstream': upstream,
    'tributary.section': section,
    'tributary.cache': cache,
    'tributary.outcome': outcome,
    'tributary.personal': personal,
    ...(age !== undefined && { 'tributary.cache.age_ms': Math.round(age) }),
    ...(mocked && { 'tributary.mocked': true }),
    ...(wire && wire.queue >= 1 && { 'tributary.queue_ms': Math.round(wire.queue) }),
    ...(wire && wire.batched > 1 && { 'tributary.batch.size': wire.batched }),
    ...(isHurt(call) && { 'error.type': outcome }),
  };
}

/** To the last attempt that is known; to the request itself where there is none yet. */
function linkTo({ context, tries }: WireTrace): SpanLink[] {
  if (context === undefined) return [];
  const span = tries.findLast((tried) => tried.span !== undefined)?.span ?? context.span;
  return [{ traceId: context.traceId, spanId: spanId(span) }];
}

/** One request on the wire. Its id is the one that the upstream has seen. What is still under way ends with its call. */
function attemptSpan(call: CallTrace, tried: AttemptTrace, index: number, parent: Span, calls: Calls): Span[] {
  if (tried.span === undefined) return [];
  const isOver = tried.outcome !== '';
  const start = parent.start + tried.at;
  const [method = '', template = ''] = nameOf(call).split(' ');
  const status = /^\d{3}$/.test(tried.outcome) ? Number(tried.outcome) : undefined;
  const failed = isOver && (status === undefined || status >= 400);
  const attributes: Attributes = {
    'http.request.method': method,
    'url.template': template,
    'tributary.upstream': call.upstream,
    ...addressOf(calls.place, call.upstream),
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(index > 0 && { 'http.request.resend_count': index }),
    ...(failed && { 'error.type': tried.outcome }),
  };
  const span: Span = {
    id: spanId(tried.span),
    parentId: parent.id,
    isRemoteChild: false,
    name: `${method} ${template}`,
    kind: 'client',
    ...within(parent, start, isOver ? start + tried.took : parent.end),
    attributes,
    links: [],
    failed,
  };
  return [span];
}

function addressOf({ upstreams }: Surroundings, name: string): Attributes {
  const url = upstreams[name]?.url;
  if (url === undefined) return {};
  const { hostname, port, protocol } = new URL(url);
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
}
