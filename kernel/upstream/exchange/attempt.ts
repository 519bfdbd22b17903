import { type CallError, callError, toCallError } from '#kernel/base/call-error.ts';
import { remaining } from '#kernel/base/time/timeout.ts';
import type { Condition } from '#kernel/cache/entry.ts';
import { nextSpan, traceparent } from '#kernel/telemetry/context/trace-context.ts';
import { maxAttempts, type Upstream, type WireRequest } from '#kernel/upstream/calls/call.ts';
import type { CallContext, Exchange } from './call-context.ts';
import type { Client } from './client.ts';
import { type Decoded, decode, isJsonResponse } from './decode.ts';
import { graphqlAware } from './graphql-answer.ts';
import { retryAfterOf } from './retry.ts';
import type { RequestOptions, WireResponse } from './transport.ts';

/** As GraphQL over HTTP says under "Accept". */
const GRAPHQL_TYPES = 'application/graphql-response+json, application/json;q=0.9';
/** The share of the time left that an attempt may take while another may follow. */
const ATTEMPT_SHARE = 0.6;

/** The last stage of a call: sends it once, caps its answer, and reads it as JSON. */
export const attempt = (upstream: Upstream, client: Client): Exchange => {
  const sendOnce: Exchange = (request, context) => {
    const sentAt = performance.now();
    return client(request.method, request.path, requestOptionsFor(upstream, request, context, sentAt)).then(
      (response) => receive(upstream, request, response, context, sentAt),
    );
  };
  return graphqlAware(sendOnce);
};

function requestOptionsFor(
  upstream: Upstream,
  request: WireRequest,
  context: CallContext,
  now: number,
): RequestOptions {
  const left = remaining(context.deadline, now);
  const more = context.wire.attempts < maxAttempts(upstream, request);
  const timeout = more ? Math.floor(left * ATTEMPT_SHARE) : undefined;
  const span = nextSpan();
  const tried = context.wire.tries.at(-1);
  if (tried) tried.span = span;
  const headers = [
    'accept',
    request.graphql === undefined ? 'application/json' : GRAPHQL_TYPES,
    'x-envoy-expected-rq-timeout-ms',
    String(timeout ?? left),
    'traceparent',
    traceparent(context.trace, span),
    ...context.headers,
  ];
  if (request.body !== undefined) headers.push('content-type', request.type ?? 'application/json');
  if (request.fields !== undefined) headers.push(...request.fields);
  if (context.revalidation !== undefined) headers.push(...context.revalidation.condition);
  context.wire.bytesOut = request.body === undefined ? 0 : Buffer.byteLength(request.body);
  return {
    headers,
    body: request.body,
    maxBytes: upstream.maxBytes,
    readsErrors: request.graphql !== undefined,
    timeout,
    cancellation: context.cancellation,
  };
}

function receive(
  upstream: Upstream,
  request: WireRequest,
  response: WireResponse,
  { wire, head, revalidation }: CallContext,
  sentAt: number,
): Decoded | Promise<Decoded> {
  const readAt = performance.now();
  head.fields = response.fields;
  wire.status = response.status;
  wire.bytesIn = response.bytes.length;
  wire.send += response.headAt - sentAt;
  wire.read += readAt - response.headAt;
  if (response.status === 304 && revalidation !== undefined) return UNCHANGED;
  if (!response.ok) {
    const refusal = statusError(upstream, response);
    if (request.graphql === undefined || !isJsonResponse(response) || response.bytes.length === 0) throw refusal;
    return refused(decode(response, upstream.maxBytes), refusal);
  }
  if (response.status === 206) throw callError('contract', 'answered a part of what was asked for', { status: 206 });
  if (isBare(request, response)) return NO_CONTENT;
  if (request.answer === 'optional') return decodeIfPossible(response, upstream.maxBytes);
  const condition = request.method === 'GET' ? conditionFor(response) : undefined;
  const decoded = decode(response, upstream.maxBytes, condition);
  wire.parse += performance.now() - readAt;
  return decoded;
}

/** The upstream's own message beside a status that refuses. */
async function refused(decoding: Decoded | Promise<Decoded>, refusal: CallError): Promise<Decoded> {
  const decoded = await Promise.resolve(decoding).catch(() => undefined);
  if (decoded === undefined) throw refusal;
  return { ...decoded, refusal };
}

/** If an answer is not needed, it is no failure that it can't be read: that is only noted. */
async function decodeIfPossible(response: WireResponse, maxBytes: number): Promise<Decoded> {
  try {
    return await decode(response, maxBytes);
  } catch (thrown) {
    const { reason, message } = toCallError(thrown);
    if (reason !== 'contract' && reason !== 'unavailable') throw thrown;
    return { ...NO_CONTENT, flaws: [{ path: [], message }] };
  }
}

/** Whether the body need not be read. A write may succeed with an empty body, or with a text about itself. */
function isBare({ isRead, answer }: WireRequest, response: WireResponse): boolean {
  const { status, bytes } = response;
  if (status === 204 || status === 205) return true;
  if (isRead) return false;
  if (answer === 'unread' || bytes.length === 0) return true;
  return answer === 'optional' && (status === 202 || !isJsonResponse(response));
}

const NO_CONTENT: Decoded = { json: undefined, size: 0, flaws: [] };
const UNCHANGED: Decoded = { ...NO_CONTENT, unchanged: true };

/** What a status other than 2xx means to us (RFC 9110 §15). A redirect is an error: origins come from configuration only. */
function statusError({ ownErrors }: Upstream, response: WireResponse): CallError {
  const { status } = response;
  const retryAfter = retryAfterOf(response.field('retry-after'), Date.now());
  const details = retryAfter === undefined ? { status } : { status, retryAfter };
  const reason = MEANINGS[status];
  if (reason === undefined) return callError('unavailable', `answered ${status}`, details);
  if (ownErrors === 'any' || isJsonResponse(response) || (reason === 'denied' && deniesPlainly(response)))
    return callError(reason, `answered ${status}`, details);
  const message = `answered ${status}, and not in the form of this upstream`;
  return callError('unavailable', message, { ...details, fromIntermediary: true });
}

/** Many upstreams deny without a body, or by their challenge alone. A 404 without a body may mean a wrong address. */
function deniesPlainly(response: WireResponse): boolean {
  if (response.field('content-type') === undefined || response.field('content-length') === '0') return true;
  return response.status === 401 && /^bearer\b/i.test(response.field('www-authenticate') ?? '');
}

const MEANINGS: Readonly<Record<number, 'denied' | 'not-found'>> = {
  401: 'denied',
  403: 'denied',
  404: 'not-found',
  410: 'not-found',
};

const ETAG = /^(?:W\/)?"[\x21\x23-\x7e]{0,254}"$/;
const DATE = /^[\x20-\x7e]{1,40}$/;

/** The condition under which the upstream is asked for a newer answer; undefined if this one names no version. */
function conditionFor(response: WireResponse): Condition | undefined {
  const etag = response.field('etag');
  if (etag !== undefined) return ETAG.test(etag) ? ['if-none-match', etag] : undefined;
  const date = response.field('last-modified');
  return date !== undefined && DATE.test(date) ? ['if-modified-since', date] : undefined;
}
