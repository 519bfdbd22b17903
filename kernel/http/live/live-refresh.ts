import { canonicalJson, lengthPrefixed, readLengthPrefixed } from '#kernel/base/json/json-value.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { OnFlowArriving } from '#kernel/http/engine/perform.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { bodyEtag } from '#kernel/http/negotiation/preconditions.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { renderProblem } from '#kernel/http/problem/problem.ts';
import { type Arriving, bytesSoFar, lateSections } from '#kernel/http/read/arriving.ts';
import { lookUpResponse } from '#kernel/http/read/compose.ts';
import { cachedRead, type Failed, type Read, render } from '#kernel/http/read/render.ts';
import { generationOf } from '#kernel/http/read/response-keys.ts';
import { isTransient } from '#kernel/http/response/event-reply.ts';
import { recordRead } from '#kernel/http/trace/record.ts';
import { credentialIdOf, scopeOf } from '#kernel/identity/principal.ts';
import type { Refresh } from '#kernel/realtime/live-read.ts';
import { Snapshot } from '#kernel/realtime/snapshot.ts';
import { newTrace } from '#kernel/telemetry/context/trace-context.ts';
import { nextRequestId } from '#kernel/telemetry/ids.ts';

/**
 * What a watched read is: equal keys are composed once. What may know the principal is the principal's alone, and of the
 * one credential that it is composed with.
 */
export function liveKey(engine: Engine, context: RequestContext): string {
  const { operation, input, headers, cookies, lane, parts, principal } = context;
  const { id, audience } = operation.contract;
  const whose = audience === 'public' ? [] : [scopeOf(principal), credentialIdOf(principal)];
  const asked = [input, headers, cookies, parts ?? null].map(canonicalJson);
  return lengthPrefixed([id, generationOf(operation, engine.runtime.dev), lane.name, ...asked, ...whose]);
}

/** The operation and the lane of a watched read, by its key. */
export function describeLiveKey(key: string): { readonly operation: string; readonly lane: string } {
  const [operation = '', , lane = ''] = readLengthPrefixed(key) ?? [];
  return { operation, lane };
}

/** Refreshes a watched read: as a GET of it would be answered, through the same caches. */
export function refreshOf(engine: Engine, context: RequestContext): Refresh {
  const { operation, inbound } = context;
  return async (caller, early) => {
    const request = { ...context, requestId: nextRequestId(), trace: newTrace() };
    const began = performance.now();
    lookUpResponse(engine, request);
    const read = request.cached
      ? cachedRead(request.cached)
      : await render(engine, request, caller, firstSnapshot(operation, early));
    recordRead(engine, { method: 'LIVE', target: inbound.target, headers: {}, began }, request, read);
    return { ...snapshotOf(engine, request, read), ...read.dependencies };
  };
}

/** Shows what is in once nothing is missing that the answer can't do without. */
function firstSnapshot(operation: RequestContext['operation'], early: (snapshot: Snapshot) => void): OnFlowArriving {
  return (flow, composed, running) => {
    const arriving: Arriving = { flow, composed, running };
    const show = async () => {
      await running.required;
      if ((await lateSections(arriving)).length === 0) return;
      const bytes = bytesSoFar(operation, arriving);
      early(new Snapshot('snapshot', bodyEtag(bytes), bytes));
    };
    // Why there is nothing to show comes with the complete answer.
    show().catch(() => undefined);
  };
}

function snapshotOf(engine: Engine, { operation, requestId }: RequestContext, read: Read | Failed) {
  if (!('thrown' in read)) {
    const { representation, sections } = read;
    const complete = Object.keys(sections).length === 0;
    return { snapshot: new Snapshot('snapshot', representation.etag, representation.bytes), complete };
  }
  const problem = reportProblem(engine, read.thrown, requestId, operation.contract);
  const { snapshot, status } = problemSnapshot(engine, problem, requestId, operation.contract.problems);
  return { snapshot, complete: !isTransient(status) };
}

/** What is shown in place of a read. The same problem again is no news, though its request id is new. */
export function problemSnapshot(
  engine: Engine,
  problem: ProblemDetails,
  requestId: string,
  declared?: Contract['problems'],
): { readonly snapshot: Snapshot; readonly status: number } {
  const { status, body } = renderProblem(problem, { requestId, base: engine.runtime.publicUrl, declared });
  const etag = bodyEtag(Buffer.from(JSON.stringify([problem.slug, problem.detail ?? ''])));
  return { snapshot: new Snapshot('problem', etag, body), status };
}
