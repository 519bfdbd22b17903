import { pathOf } from '#kernel/telemetry/access.ts';
import type { TraceContext } from '#kernel/telemetry/context/trace-context.ts';
import { spanId } from '#kernel/telemetry/context/trace-context.ts';
import { isHidden, masked } from '#kernel/telemetry/mask.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import type { AboutOperation, Attributes, Span, Surroundings } from './span.ts';

/** Methods that the semantic conventions of HTTP name; any other is `_OTHER`, since a client may write what it likes. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];

/**
 * The span of a request: SERVER, or INTERNAL for the read of a page and for a live one, which no request of their own
 * asked for. Of the address it has what may be seen by all who read traces: no query, no ids of personal operations.
 */
export function requestSpan(trace: RequestTrace, context: TraceContext, place: Surroundings): Span {
  const { at, duration, method, operation, status, composer } = trace;
  const about = place.operations.get(operation);
  const isHttp = method !== 'PAGE' && method !== 'LIVE';
  return {
    id: spanId(context.span),
    parentId: context.parentId,
    isRemoteChild: context.parentId !== undefined,
    name: isHttp ? [known(method), about?.template].filter(Boolean).join(' ') : `${method} ${operation}`,
    kind: isHttp ? 'server' : 'internal',
    start: at - duration,
    end: at,
    attributes: { ...(isHttp && httpAttributes(trace, about, place)), ...ownAttributes(trace) },
    links: composer === undefined ? [] : [{ traceId: composer.traceId, spanId: spanId(composer.span) }],
    failed: status >= 500,
  };
}

const known = (method: string) => (METHODS.includes(method) ? method : 'HTTP');

function httpAttributes(
  { method, target, status, problem, bytesOut }: RequestTrace,
  about: AboutOperation | undefined,
  { publicUrl }: Surroundings,
): Attributes {
  const { protocol, hostname, port } = new URL(publicUrl);
  const path = about && shownPath(target, about);
  return {
    'http.request.method': METHODS.includes(method) ? method : '_OTHER',
    'http.response.status_code': status,
    'http.response.body.size': bytesOut,
    'url.scheme': protocol.slice(0, -1),
    'server.address': hostname,
    ...(port !== '' && { 'server.port': Number(port) }),
    ...(about && { 'http.route': about.template }),
    ...(path !== undefined && { 'url.path': path }),
    ...(status >= 500 && { 'error.type': problem ?? String(status) }),
  };
}

/** The path; its template where the path may name a person. A path that matches no operation may hold anything. */
function shownPath(target: string, { audience, template }: AboutOperation): string {
  const path = pathOf(target);
  return audience !== 'public' || isHidden(masked(path, 'named')) ? template : path;
}

function ownAttributes(trace: RequestTrace): Attributes {
  const { id, operation, lane, cache, deadline, problem, sections, lost } = trace;
  const reported = Object.entries(sections).map(([name, { state, reason }]) => `${name}=${state};${reason ?? ''}`);
  return {
    'tributary.request.id': id,
    'tributary.cache': cache,
    ...(operation !== '' && { 'tributary.operation': operation }),
    ...(deadline > 0 && { 'tributary.deadline_ms': deadline }),
    ...(lane !== '' && { 'tributary.scenario': lane }),
    ...(problem !== undefined && { 'tributary.problem': problem }),
    ...(reported.length > 0 && { 'tributary.sections.reported': reported }),
    ...(lost !== undefined && { 'tributary.lost_ms': lost }),
  };
}
