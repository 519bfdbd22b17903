import { canonicalJson, lengthPrefixed, readLengthPrefixed } from '#kernel/base/json/canonical.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { FlowWatch, ValidatedRequest } from '#kernel/http/engine/perform.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import { bodyEtag } from '#kernel/http/negotiation/etag.ts';
import { renderProblem } from '#kernel/http/problem/problem.ts';
import { type Arriving, bytesSoFar, lateSections } from '#kernel/http/read/arriving.ts';
import { type Failed, findCached, type Read, render, responseKey } from '#kernel/http/read/compose.ts';
import { generationOf } from '#kernel/http/read/generation.ts';
import { isCurable } from '#kernel/http/response/event-reply.ts';
import { recordRead } from '#kernel/http/trace/record-read.ts';
import { credentialIdOf, scopeOf } from '#kernel/identity/principal.ts';
import type { Looking } from '#kernel/realtime/live-read.ts';
import { Sight } from '#kernel/realtime/sight.ts';
import { nextRequestId } from '#kernel/telemetry/ids.ts';

/**
 * What a watched read is: equal keys are composed once. What may know the principal is the principal's alone, and of the
 * one credential that it is composed with.
 */
export function liveKey(engine: Engine, validated: ValidatedRequest): string {
  const { operation, input, headers, cookies, lane, parts, principal } = validated;
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

/** How a watched read is looked at: as a GET of it would be answered, through the same caches. */
export function lookingAt(engine: Engine, validated: ValidatedRequest, target: string): Looking {
  const { operation } = validated;
  return async (caller, early) => {
    const look = { ...validated, requestId: nextRequestId() };
    const began = performance.now();
    const key = responseKey(engine, look);
    const cached = key === undefined ? undefined : findCached(engine, key);
    const read = cached ?? (await render(engine, look, caller, key, firstSight(operation, early)));
    recordRead(engine, { method: 'LIVE', target, headers: {}, began }, look, read);
    return { ...sightOf(engine, look, read), ...read.dependencies };
  };
}

/** Shows what is in once nothing is missing that the answer can't do without. */
function firstSight(operation: ValidatedRequest['operation'], early: (sight: Sight) => void): FlowWatch {
  return (flow, composed, running) => {
    const arriving: Arriving = { flow, composed, running };
    const show = async () => {
      await running.required;
      if ((await lateSections(arriving)).length === 0) return;
      const bytes = bytesSoFar(operation, arriving);
      early(new Sight('snapshot', bodyEtag(bytes), bytes));
    };
    // Why there is nothing to show is told with the whole answer.
    show().catch(() => undefined);
  };
}

function sightOf(engine: Engine, { operation, requestId }: ValidatedRequest, read: Read | Failed) {
  if (!('thrown' in read)) {
    const { representation, sections } = read;
    const complete = Object.keys(sections).length === 0;
    return { sight: new Sight('snapshot', representation.etag, representation.bytes), complete };
  }
  const problem = reportProblem(engine, read.thrown, requestId, operation.contract);
  const { problems: declared } = operation.contract;
  const { status, body } = renderProblem({
    ...problem,
    ...(declared && { declared }),
    requestId,
    base: engine.runtime.publicUrl,
  });
  // The same problem again is no news, though its request id is new.
  const sameAs = JSON.stringify([problem.slug, problem.detail ?? '']);
  return { sight: new Sight('problem', bodyEtag(Buffer.from(sameAs)), body), complete: !isCurable(status) };
}
