import { type CallError, callError } from '#kernel/base/call-error.ts';
import { remaining } from '#kernel/base/time/deadline.ts';
import { traceparent } from '#kernel/telemetry/ids.ts';
import type { WireTrace } from '#kernel/telemetry/trace.ts';
import { maxAttempts, type Upstream, type WireRequest } from '#kernel/upstream/calls/call.ts';
import { retryAfterOf } from '#kernel/upstream/resilience/retry.ts';
import type { CallContext, Exchange } from './call-context.ts';
import type { Client } from './client.ts';
import { type Decoded, decode, isJsonResponse } from './decode.ts';
import type { RequestOptions, WireResponse } from './transport.ts';

/** The share of the time left that an attempt may take while another may follow. */
const ATTEMPT_SHARE = 0.6;

/** The last stage of a call: sends it once, caps its answer, and reads it as JSON. */
export const attempt =
  (upstream: Upstream, client: Client): Exchange =>
  async (request, context) => {
    const sentAt = performance.now();
    const options = requestOptionsFor(upstream, request, context, sentAt);
    const response = await client(request.method, request.path, options);
    return receive(upstream, request, response, context.wire, sentAt);
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
  const headers = [
    'accept',
    'application/json',
    'x-envoy-expected-rq-timeout-ms',
    String(timeout ?? left),
    'traceparent',
    traceparent(context.traceId),
    ...context.headers,
  ];
  if (request.body !== undefined) headers.push('content-type', request.type ?? 'application/json');
  if (request.fields !== undefined) headers.push(...request.fields);
  context.wire.bytesOut = request.body === undefined ? 0 : Buffer.byteLength(request.body);
  return {
    headers,
    body: request.body,
    maxBytes: upstream.maxBytes,
    timeout,
    cancellation: context.cancellation,
  };
}

function receive(
  upstream: Upstream,
  request: WireRequest,
  response: WireResponse,
  wire: WireTrace,
  sentAt: number,
): Decoded | Promise<Decoded> {
  const readAt = performance.now();
  wire.status = response.status;
  wire.bytesIn = response.bytes.length;
  wire.send += response.headAt - sentAt;
  wire.read += readAt - response.headAt;
  if (!response.ok) throw statusError(upstream, response);
  if (response.status === 206) throw callError('contract', 'answered a part of what was asked for', { status: 206 });
  const decoded = isBare(request, response) ? NO_CONTENT : decode(response, upstream.maxBytes);
  wire.parse += performance.now() - readAt;
  return decoded;
}

/** Whether there is nothing to read in it. A write may succeed with an empty body. */
function isBare({ reads, valueless }: WireRequest, { status, bytes }: WireResponse): boolean {
  if (status === 204 || status === 205) return true;
  return !reads && (valueless === true || bytes.length === 0);
}

const NO_CONTENT: Decoded = { json: undefined, size: 0, flaws: [] };

/** What a status other than 2xx means to us (RFC 9110 §15). A redirect is an error: origins come from configuration only. */
function statusError({ absence }: Upstream, response: WireResponse): CallError {
  const { status } = response;
  const retryAfter = retryAfterOf(response.field('retry-after'), Date.now());
  const details = retryAfter === undefined ? { status } : { status, retryAfter };
  if (status === 404 || status === 410) {
    if (absence === 'any' || isJsonResponse(response)) return callError('not-found', `answered ${status}`, details);
    // Something on the way has answered, as ingresses do during a deployment: whether the thing exists is unknown.
    return callError('unavailable', `answered ${status}, and not in the form of this upstream`);
  }
  if (status === 401 || status === 403) return callError('denied', `answered ${status}`, details);
  return callError('unavailable', `answered ${status}`, details);
}
