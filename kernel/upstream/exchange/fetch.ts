import { toCallError } from '#kernel/base/call-error.ts';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { captureAnswer, captureUnchanged } from '#kernel/telemetry/captures.ts';
import type { Call, WireRequest } from '#kernel/upstream/calls/call.ts';
import { noteDrift } from '#kernel/upstream/lane/drift.ts';
import { upstreamState } from '#kernel/upstream/lane/state.ts';
import { asksForPause, notePause, pauseOf } from '#kernel/upstream/resilience/pauses.ts';
import { fetchItem } from './batch.ts';
import type { CallContext } from './call-context.ts';
import type { Decoded } from './decode.ts';
import { type FetchedValue, validateAnswer } from './validate-answer.ts';

/** Fetches a call's value from its upstream, alone or in a batch. Rejects with CallErrors: `contract` for drift. */
export function fetchCall(call: Call, context: CallContext): Promise<FetchedValue> {
  // All callers may have left while this flight waited for a token or the shared tier.
  if (context.cancellation.reason) return Promise.reject(context.cancellation.reason);
  const { pauses } = upstreamState(context.lane, call.upstream.name);
  if (pauses.size > 0) {
    const pausing = pauseOf(pauses, pauseKeyOf(call, context.scope), performance.now());
    if (pausing) return Promise.reject(pausing);
  }
  const fetching = context.renewed === undefined ? fetchAnew(call, context) : withCredential(call, context);
  return fetching.catch((thrown: unknown) => {
    const failure = toCallError(thrown);
    if (asksForPause(failure)) notePause(pauses, pauseKeyOf(call, context.scope), failure, performance.now());
    throw thrown;
  });
}

/** A refused token is renewed once; if the new one is refused too, it is reported, which marks the session as refused. */
async function withCredential(call: Call, context: CallContext): Promise<FetchedValue> {
  try {
    return await fetchAnew(call, context);
  } catch (thrown) {
    if (context.renewed === undefined || !isRefused(thrown)) throw thrown;
    const headers = await context.renewed();
    if (headers === undefined) throw thrown;
    try {
      return await fetchAnew(call, { ...context, headers });
    } catch (again) {
      if (isRefused(again)) await context.renewed();
      throw again;
    }
  }
}

/** Whether the upstream itself has refused the token. */
function isRefused(thrown: unknown): boolean {
  const { status, fromIntermediary } = toCallError(thrown);
  return status === 401 && fromIntermediary === undefined;
}

/** The key of a pause: one call of one user, for each customer has a limit of their own. A batch pauses as a whole. */
function pauseKeyOf({ request, privacy }: Call, whose: Scope): string {
  const what =
    'single' in request
      ? [request.single.method, request.single.path, (request.single.isRead && request.single.body) || '']
      : [request.batch.batch.name, request.batch.argsKey];
  return lengthPrefixed([privacy === 'private' ? whose : PUBLIC, ...what]);
}

function fetchAnew(call: Call, context: CallContext): Promise<FetchedValue> {
  const { request } = call;
  if ('batch' in request) return fetchItem(call, request.batch, context);
  return exchanged(call, request.single, context).then((decoded) => {
    const { revalidation, wire } = context;
    if (decoded.unchanged && revalidation !== undefined) {
      captureUnchanged(wire, revalidation.answer);
      return revalidation;
    }
    const began = performance.now();
    const { json, size, condition, failures } = decoded;
    captureAnswer(wire, json, size);
    const value = validateAnswer(call, decoded, context);
    wire.parse += performance.now() - began;
    return { value, size, condition, partial: failures?.[0]?.failure };
  });
}

/** A document that its upstream no longer accepts is drift, like an answer that does not fit. */
function exchanged({ upstream, label }: Call, request: WireRequest, context: CallContext): Promise<Decoded> {
  const answer = context.exchange(request, context);
  if (request.graphql === undefined) return answer;
  return answer.catch((thrown: unknown) => {
    const { reason, message } = toCallError(thrown);
    const drift = { upstream: upstream.name, call: label, path: 'query', expected: 'a document that it takes' };
    if (reason === 'contract') noteDrift(context.lane.ledger, { ...drift, actual: message });
    throw thrown;
  });
}
