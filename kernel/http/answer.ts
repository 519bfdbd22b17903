import { Cancellation } from '#kernel/base/cancellation.ts';
import { fault } from '#kernel/base/fault.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { PUBLIC } from '#kernel/base/scope.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import { purge as purgeTags } from '#kernel/cache/tags.ts';
import type { Answer } from '#kernel/contract/answer.ts';
import type { Contract, Operation } from '#kernel/contract/operation.ts';
import { METHODS, type Method } from '#kernel/contract/route.ts';
import { type Principal, scopeOf } from '#kernel/identity/principal.ts';
import { isLogged } from '#kernel/telemetry/access.ts';
import { requestIdFrom, traceIdFrom } from '#kernel/telemetry/ids.ts';
import { type CallTrace, keepTrace, type RequestTrace } from '#kernel/telemetry/trace.ts';
import { type Arrived, admit } from './admission.ts';
import { cacheStatus } from './cache-status.ts';
import { compose, compositeKey, type Read, toBytes } from './compose.ts';
import type { Engine } from './engine.ts';
import type { Trouble } from './failure.ts';
import { conditional, serveComposite } from './hit.ts';
import { header, type Inbound, type Reply } from './inbound.ts';
import { type Admitted, type Performed, perform, performWrite } from './perform.ts';
import { renderProblem } from './problem.ts';
import { readQuery } from './query.ts';
import { troubled } from './report.ts';
import { represent } from './representation.ts';
import { allowed, placeAt, type Routes } from './routing.ts';
import { formatSectionStatus } from './section-status.ts';
import { serverTiming } from './server-timing.ts';
import { timingsOf } from './timings.ts';

/** What the trace and the log say of a request besides its reply. */
interface Story {
  operation: string;
  problems: Contract['problems'];
  lane: string;
  deadline: number;
  cache: RequestTrace['cache'];
  sections: Readonly<Record<string, SectionStatus>>;
  calls: readonly CallTrace[];
}

/** Answers one request. Never rejects: whatever goes wrong is a problem (RFC 9457). */
export async function answer(engine: Engine, routes: Routes, inbound: Inbound): Promise<Reply> {
  const began = performance.now();
  const requestId = requestIdFrom(header(inbound.headers, 'x-request-id'));
  const story: Story = {
    operation: '',
    problems: undefined,
    lane: MAIN_LANE,
    deadline: 0,
    cache: 'bypass',
    sections: {},
    calls: [],
  };
  let reply: Reply | Trouble;
  try {
    reply = await handle(engine, routes, inbound, requestId, story);
  } catch (thrown) {
    reply = troubled(engine, thrown, requestId);
  }
  if ('slug' in reply) reply = writeTrouble(engine, reply, inbound.target, requestId, story.problems);
  if (inbound.method === 'HEAD') reply = { ...reply, body: undefined };
  tell(engine, inbound, reply, requestId, began, story);
  return reply;
}

async function handle(
  engine: Engine,
  routes: Routes,
  inbound: Inbound,
  requestId: string,
  story: Story,
): Promise<Reply | Trouble> {
  const target = readQuery(inbound.target);
  if (target.tooLong) return { slug: 'target-too-long' };
  const place = placeAt(routes, target.path);
  if (place === undefined) return { slug: 'no-such-route', detail: `Nothing is offered at ${target.path}.` };
  const method = inbound.method === 'HEAD' ? 'GET' : inbound.method;
  const allow = ['Allow', allowed(place)];
  if (method === 'OPTIONS') return { status: 204, headers: [...allow, 'X-Request-Id', requestId], body: undefined };
  const operation = METHODS.includes(method as Method) ? place.operations.get(method as Method) : undefined;
  if (operation === undefined) {
    return { slug: 'method-not-allowed', detail: `This address answers ${allow[1]}.`, headers: allow };
  }

  story.operation = operation.contract.id;
  story.problems = operation.contract.problems;
  const traceId = traceIdFrom(header(inbound.headers, 'traceparent'));
  const arrived: Arrived = { inbound, target, requestId, traceId };
  const admitted = await admit(engine, operation, place.parameters, arrived);
  if ('slug' in admitted) return admitted;
  story.lane = admitted.lane.name;
  story.deadline = admitted.deadline;
  const read = operation.contract.output !== undefined && method === 'GET';
  const reply = await (read ? reading : writing)(engine, admitted, inbound, story);
  if (admitted.setCookies.length === 0) return reply;
  return { ...reply, headers: [...(reply.headers ?? []), ...admitted.setCookies.flatMap(asSetCookie)] };
}

const asSetCookie = (value: string) => ['Set-Cookie', value];

async function reading(engine: Engine, admitted: Admitted, inbound: Inbound, story: Story): Promise<Reply | Trouble> {
  const { operation, requestId, lane } = admitted;
  const read = await withinDeadline(admitted, inbound.gone, (caller) => compose(engine, admitted, caller));
  story.calls = read.calls;
  if ('thrown' in read) return troubled(engine, read.thrown, requestId, operation.contract);
  story.cache = read.cache;
  story.sections = read.sections;
  const key = compositeKey(engine, admitted);
  if (read.composite && key !== undefined && !operation.contract.headers?.length) engine.memo.set(inbound.target, key);
  const reply =
    read.cache === 'hit' && read.composite && key !== undefined
      ? serveComposite(engine, key, read.composite, inbound.headers, requestId)
      : conditional(read.representation, inbound.headers, composedHeaders(read, requestId, lane.name));
  return reply === 'precondition-failed' ? { slug: 'precondition-failed' } : reply;
}

/** A hurried client's shorter deadline ends its waiting, not the flight that it shares. */
async function withinDeadline<T>(
  { deadline, operation }: Admitted,
  gone: Cancellation,
  run: (caller: Cancellation) => Promise<T>,
): Promise<T> {
  if (deadline >= operation.contract.deadline) return run(gone);
  const caller = new Cancellation();
  const stopListening = gone.onCancel((reason) => caller.cancel(reason));
  const timer = setTimeout(() => caller.cancel(fault('timeout', `not ready within ${deadline} ms`)), deadline);
  try {
    return await run(caller);
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

function composedHeaders({ cache, composite, calls, sections }: Read, requestId: string, lane: string): string[] {
  const fwd = lane === MAIN_LANE ? 'miss' : 'bypass';
  const status = cacheStatus({ fwd, stored: composite !== undefined, collapsed: cache === 'collapsed' });
  const headers = ['Cache-Status', status, 'X-Request-Id', requestId];
  if (calls.length > 0) headers.push('Server-Timing', serverTiming(timingsOf(calls)));
  if (Object.keys(sections).length > 0) headers.push('Section-Status', formatSectionStatus(sections));
  return headers;
}

/** A write, or a read with answers of its own. Effects come after success, in their order. */
async function writing(engine: Engine, admitted: Admitted, inbound: Inbound, story: Story): Promise<Reply | Trouble> {
  const { operation, requestId } = admitted;
  const { flow, outcome } = isSafe(inbound.method)
    ? await perform(engine, admitted, inbound.gone)
    : await performWrite(engine, admitted, (late) => finishLate(engine, admitted, late));
  story.calls = flow.calls;
  if (!outcome.ok) return troubled(engine, outcome.thrown, requestId, operation.contract);
  const { answer: given, result, composed } = outcome;
  if (given === undefined) {
    const bytes = toBytes(operation.contract.output, result, composed ? flow.statuses : undefined);
    return { status: 200, headers: jsonHead(bytes, requestId), body: bytes };
  }
  const reply = writeAnswer(operation, given, inbound, requestId);
  if ('slug' in reply) return reply;
  const cookies = applyEffects(engine, given, flow.principal);
  return cookies.length === 0 ? reply : { ...reply, headers: [...reply.headers, ...cookies.flatMap(asSetCookie)] };
}

const isSafe = (method: string) => method === 'GET' || method === 'HEAD';

/** What a write did after its client was told that it is late still counts. */
function finishLate(engine: Engine, { requestId, operation, principal }: Admitted, late: Promise<Performed>): void {
  const finished = late.then(({ outcome }) => {
    if (!outcome.ok) troubled(engine, outcome.thrown, requestId, operation.contract);
    else if (outcome.answer) applyEffects(engine, outcome.answer, principal);
  });
  engine.runtime.defer(finished);
}

/** Applies effects in their order; what is returned are the cookies to set. */
function applyEffects({ ground, runtime }: Engine, { effects }: Answer, principal: Principal): string[] {
  const scope = scopeOf(principal);
  const writer = scope === PUBLIC ? undefined : scope;
  const cookies: string[] = [];
  for (const effect of effects) {
    if (effect.effect === 'purge') purgeTags(ground.tags, effect.tags, performance.now(), writer);
    else cookies.push(runtime.cookies.write(effect.name, effect.value, effect.maxAge));
  }
  return cookies;
}

function writeAnswer(
  { contract }: Operation,
  { status, view, at, etag }: Answer,
  inbound: Inbound,
  requestId: string,
): Reply | Trouble {
  const more = ['X-Request-Id', requestId];
  if (at !== undefined) more.push('Location', asAscii(at));
  const schema = contract.answers?.[status];
  if (schema === undefined) {
    if (view !== undefined)
      throw new TypeError(`${contract.id} answered ${status} with a view that it did not declare`);
    return { status, headers: ['Cache-Control', 'no-store', ...more], body: undefined };
  }
  const bytes = Buffer.from(JSON.stringify(schema.parse(view)));
  if (status === 200 && etag !== undefined && isSafe(inbound.method)) {
    const reply = conditional(represent(contract, 'private, no-cache', bytes, etag), inbound.headers, more);
    return reply === 'precondition-failed' ? { slug: 'precondition-failed' } : reply;
  }
  const version = etag === undefined ? [] : ['ETag', etag];
  return { status, headers: [...jsonHead(bytes, requestId), ...version, ...more.slice(2)], body: bytes };
}

/** A header field holds no other characters (RFC 9110 §5.5); escapes that are there already stay. */
const asAscii = (location: string) => location.replace(/[^\x21-\x7e]+/g, encodeURIComponent);

function jsonHead(bytes: Uint8Array, requestId: string): string[] {
  return [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(bytes.length),
    'Cache-Control',
    'no-store',
    'X-Request-Id',
    requestId,
  ];
}

function writeTrouble(
  engine: Engine,
  trouble: Trouble,
  target: string,
  requestId: string,
  declared: Contract['problems'],
): Reply {
  const problem = renderProblem({
    ...trouble,
    ...(declared && { declared }),
    instance: target.split('?', 1)[0] ?? '',
    requestId,
    base: engine.runtime.publicUrl,
  });
  return {
    status: problem.status,
    headers: [
      'Content-Type',
      problem.contentType,
      'Content-Length',
      String(problem.body.length),
      'Cache-Control',
      'no-store',
      'X-Request-Id',
      requestId,
      ...(trouble.headers ?? []),
    ],
    body: problem.body,
  };
}

function tell(engine: Engine, inbound: Inbound, reply: Reply, id: string, began: number, story: Story): void {
  const { method, target } = inbound;
  const { status } = reply;
  const duration = performance.now() - began;
  const bytes = reply.body?.length ?? 0;
  const { problems, ...told } = story;
  keepTrace({ id, at: Date.now(), method, target, status, duration, bytesOut: bytes, ...told });
  if (isLogged(status)) engine.runtime.log({ id, method, target, status, duration, bytes, cache: story.cache });
}
