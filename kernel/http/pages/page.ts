import { Cancellation } from '#kernel/base/cancellation.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import { createContext, type RequestContext, traceOf } from '#kernel/http/engine/request-context.ts';
import { createRequestLog } from '#kernel/http/engine/request-log.ts';
import { validate } from '#kernel/http/pipeline/request-stages.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { composeRead } from '#kernel/http/read/compose.ts';
import type { Failed, Read } from '#kernel/http/read/render.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { readQuery } from '#kernel/http/request/target.ts';
import { clientAddressAppended } from '#kernel/http/security/client-address.ts';
import { recordRead } from '#kernel/http/trace/record.ts';
import { requestIdFrom } from '#kernel/telemetry/ids.ts';

/** A view as clients get it, with `meta`. */
export type ViewWithMeta<V> = V & {
  readonly meta: { readonly complete: boolean; readonly sections: Readonly<Record<string, SectionStatus>> };
};

/** A page's read of an operation, or why there is none. */
export type PageRead<V> =
  | { readonly ok: true; readonly view: ViewWithMeta<V>; readonly etag: string; readonly requestId: string }
  | { readonly ok: false; readonly problem: ProblemDetails };

/** Reads an operation for a page, through the same checks and caches as the API. */
export async function readForPage<V>(
  engine: Engine,
  operation: Operation,
  address: Address,
  headers: InboundHeaders,
): Promise<PageRead<V>> {
  const asked = await beginPageRead(engine, operation, address, headers);
  if ('slug' in asked) return { ok: false, problem: asked };
  const { context, caller, record } = asked;
  const read = await composeRead(engine, context, caller);
  record(read);
  return toPageRead(engine, read, context);
}

export function toPageRead<V>(
  engine: Engine,
  read: Read | Failed,
  { requestId, operation }: RequestContext,
): PageRead<V> {
  if ('thrown' in read)
    return { ok: false, problem: reportProblem(engine, read.thrown, requestId, operation.contract) };
  const { bytes, etag } = read.representation;
  return { ok: true, view: parseView(bytes), etag, requestId };
}

/** A page gets the very view that the API sends, so that what is not in its schema does not reach a page either. */
export function parseView<V>(bytes: Uint8Array): ViewWithMeta<V> {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as ViewWithMeta<V>;
}

interface Begun {
  readonly context: RequestContext;
  readonly caller: Cancellation;
  readonly record: (read: Read | Failed) => void;
}

/** Validates a page's read as a GET of the operation's own address. */
export async function beginPageRead(
  engine: Engine,
  operation: Operation,
  address: Address,
  given: InboundHeaders,
  caller = new Cancellation(),
): Promise<Begun | ProblemDetails> {
  const began = performance.now();
  const text = targetFor(operation, address);
  const target = readQuery(text);
  if (target.tooLong) return { slug: 'target-too-long' };
  const parameters: Record<string, string> = {};
  for (const segment of operation.route.segments) {
    if ('parameter' in segment) parameters[segment.parameter] = encodeURIComponent(address[segment.parameter] ?? '');
  }
  // A page is HTML to its reader; the operation behind it answers JSON all the same.
  const headers = { ...given, accept: undefined };
  const client = clientAddressAppended(header(headers, 'x-forwarded-for'), engine.runtime.trustedProxies);
  const requestId = requestIdFrom(header(headers, 'x-request-id'));
  const context = createContext(engine, {
    operation,
    parameters,
    inbound: { method: 'GET', target: text, headers, body: undefined, address: client, gone: caller },
    target,
    requestId,
    trace: traceOf(engine, headers),
    log: createRequestLog(text, requestId),
  });
  const problem = await validate(engine, context);
  if (problem !== undefined) return problem;
  const asked = { method: 'PAGE', target: text, headers: given, began } as const;
  return { context, caller, record: (read) => recordRead(engine, asked, context, read) };
}

/** What an operation is asked with: its path and query by name, as text. */
export type Address = Readonly<Record<string, string | undefined>>;

/** The request target that stands for an operation and its input: `/api/products/p-000042?currency=EUR`. */
export function targetFor({ route }: Operation, address: Address): string {
  const query = new URLSearchParams();
  const inPath = new Set<string>();
  const path = route.segments.map((segment) => {
    if ('literal' in segment) return segment.literal;
    inPath.add(segment.parameter);
    return encodeURIComponent(address[segment.parameter] ?? '');
  });
  for (const [name, value] of Object.entries(address)) {
    if (value !== undefined && !inPath.has(name)) query.set(name, value);
  }
  return query.size === 0 ? `/${path.join('/')}` : `/${path.join('/')}?${query}`;
}
