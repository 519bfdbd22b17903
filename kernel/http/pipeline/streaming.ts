import { Cancellation } from '#kernel/base/cancellation.ts';
import { PUBLIC } from '#kernel/base/scope.ts';
import type { Events } from '#kernel/contract/answer.ts';
import { isRead } from '#kernel/contract/operation.ts';
import type { Usage } from '#kernel/http/access/rate-limit.ts';
import { declaredDeadline, type Engine } from '#kernel/http/engine/engine.ts';
import { perform, type ValidatedRequest } from '#kernel/http/engine/perform.ts';
import { reportProblem, statusOf } from '#kernel/http/engine/report.ts';
import { matchPath } from '#kernel/http/engine/routing.ts';
import { liveKey, refreshOf } from '#kernel/http/live/live-refresh.ts';
import { bodyEtag } from '#kernel/http/negotiation/etag.ts';
import { type ProblemDetails, UNAUTHENTICATED } from '#kernel/http/problem/failure.ts';
import { renderProblem } from '#kernel/http/problem/problem.ts';
import { header, type Inbound, type InboundHeaders, type Reply } from '#kernel/http/request/inbound.ts';
import { readQuery } from '#kernel/http/request/query.ts';
import { eventReply, isCurable, sendBack } from '#kernel/http/response/event-reply.ts';
import { networkOf } from '#kernel/http/security/client-address.ts';
import type { RequestLog } from '#kernel/http/trace/request-log.ts';
import { isAuthenticated, type Principal, scopeOf } from '#kernel/identity/principal.ts';
import { channelOf } from '#kernel/realtime/event-entry.ts';
import { EventStream, type StreamOwner } from '#kernel/realtime/event-stream.ts';
import { frame, reset } from '#kernel/realtime/frame.ts';
import { type Hub, hubOf, type Standing } from '#kernel/realtime/hub.ts';
import { liveReads } from '#kernel/realtime/live-reads.ts';
import type { Outlet } from '#kernel/realtime/outlet.ts';
import { Snapshot } from '#kernel/realtime/snapshot.ts';
import { comeBack } from '#kernel/realtime/streams.ts';
import { nextRequestId } from '#kernel/telemetry/ids.ts';
import { validateRequest } from './validate-request.ts';

/** Streams that one principal, or one network of unauthenticated clients, may have open at once. */
const MAX_STREAMS = { principal: 20, address: 200 } as const;
/** A client may send back whatever it likes as the last id that it saw. */
const MAX_ID_LENGTH = 128;

/** A read that is watched. */
interface Watched {
  readonly target: string;
  readonly validated: ValidatedRequest;
}

/** A read that can't be watched yet. */
interface Refused {
  readonly target: string;
  readonly problem: ProblemDetails;
}

/** Answers with a stream of events: one read and its changes, or what an operation lists. */
export async function streaming(
  engine: Engine,
  validated: ValidatedRequest,
  inbound: Inbound,
  log: RequestLog,
): Promise<Reply | ProblemDetails> {
  const { operation, requestId } = validated;
  const lastId = lastIdOf(inbound.headers);
  if (!operation.contract.live) {
    const watched = { target: inbound.target, validated: withoutHurry(engine, validated) };
    return eventReply(requestId, (outlet) => {
      open(engine, outlet, validated, inbound, [log.usage], (stream) => showOne(engine, stream, watched, lastId));
    });
  }
  const { flow, outcome } = await perform(engine, validated, inbound.gone);
  log.calls = flow.calls;
  if (!outcome.ok) return reportProblem(engine, outcome.thrown, requestId, operation.contract);
  const { topics, watch } = outcome.result as Events;
  const scope = scopeOf(validated.principal);
  if (scope === PUBLIC && topics.some(({ audience }) => audience === 'personal')) return UNAUTHENTICATED;
  const channels = new Set(topics.map((topic) => channelOf(topic, scope)));
  const reads: Watched[] = [];
  const refused: Refused[] = [];
  const usages = [log.usage];
  for (const target of new Set(watch)) {
    const { read, usage } = await validateWatched(engine, target, inbound, validated);
    usages.push(usage);
    if (!('slug' in read)) reads.push({ target, validated: read });
    else if (read.slug === 'state-unavailable') return read;
    else if (isCurable(statusOf(read))) refused.push({ target, problem: read });
    else return about(target, read);
  }
  // The stream itself ignores guests, but a watched read may belong to one: then the stream ends with that guest's
  // session.
  const ownerRequest =
    reads.map((read) => read.validated).find(({ principal }) => principal.kind !== 'anonymous') ?? validated;
  const ready = { topics: topics.map(({ name }) => name), watch: [...reads, ...refused].map(({ target }) => target) };
  return eventReply(requestId, (outlet) => {
    open(engine, outlet, ownerRequest, inbound, usages, (stream, hub) => {
      const greet = (standing?: Standing) => {
        const id = standing && { id: standing.id };
        stream.send(Buffer.concat([comeBack(), frame({ event: 'ready', ...id, data: JSON.stringify(ready) })]));
        if (standing?.gap) stream.send(reset(standing.id));
        for (const { target, validated: read } of reads) {
          follow(engine, stream, read, target, undefined, frameOf(target));
        }
        for (const { target, problem } of refused) {
          const again = async () => (await validateWatched(engine, target, inbound, validated)).read;
          comeBackTo(engine, stream, target, problem, again);
        }
      };
      // What is watched has no past to come back to.
      if (channels.size === 0) greet();
      else {
        hub.subscribe(stream, channels, lastId, greet).catch((thrown) => {
          reportProblem(engine, thrown, requestId);
          stream.cut();
        });
      }
    });
  });
}

/**
 * Opens a stream, unless there are too many of its owner's or the process takes no more: then the client comes back later,
 * and what was counted is given back.
 */
function open(
  engine: Engine,
  outlet: Outlet,
  { principal, requestId }: ValidatedRequest,
  { headers, address }: Inbound,
  counted: readonly (Usage | undefined)[],
  begin: (stream: EventStream, hub: Hub) => void,
): void {
  const hub = hubOf(engine.runtime.sessions.state);
  const owner = ownerOf(engine, principal, headers, address);
  const max = isAuthenticated(principal) ? MAX_STREAMS.principal : MAX_STREAMS.address;
  const refusal = hub.streams.draining
    ? 'draining'
    : hub.streams.countOf(owner.owner) >= max
      ? 'too-many-requests'
      : undefined;
  if (refusal !== undefined) {
    for (const usage of counted) usage?.giveBack();
    const { body } = renderProblem({ slug: refusal, requestId, base: engine.runtime.publicUrl });
    sendBack(outlet, Buffer.from(body).toString());
    return;
  }
  const stream = new EventStream(outlet, owner, performance.now());
  hub.open(stream);
  begin(stream, hub);
}

function ownerOf(engine: Engine, principal: Principal, headers: InboundHeaders, address: string): StreamOwner {
  const network = networkOf(address);
  if (principal.kind === 'anonymous') return { owner: network, session: undefined, recheck: undefined };
  const credentials = { authorization: header(headers, 'authorization'), cookie: header(headers, 'cookie') };
  const recheck = async () => {
    const now = await engine.runtime.identify(credentials, 'glance');
    return typeof now === 'object' && scopeOf(now) === scopeOf(principal);
  };
  return { owner: isAuthenticated(principal) ? scopeOf(principal) : network, session: principal.session, recheck };
}

/** One read alone: ids are ETags, so that a client that reconnects with the present one is sent nothing. */
function showOne(
  engine: Engine,
  stream: EventStream,
  { target, validated }: Watched,
  lastId: string | undefined,
): void {
  stream.send(comeBack());
  follow(engine, stream, validated, target, lastId, frameAlone);
}

type Framing = (snapshot: Snapshot) => Uint8Array;

const frameAlone: Framing = (snapshot) => snapshot.frame();
/** Made here, it does not hold the request in memory for as long as the stream lives. */
const frameOf =
  (target: string): Framing =>
  (snapshot) =>
    snapshot.frameOf(target);

/** Shows a stream a read and its changes, for as long as it is open. */
function follow(
  engine: Engine,
  stream: EventStream,
  validated: ValidatedRequest,
  target: string,
  lastEtag: string | undefined,
  framing: Framing,
): void {
  const stop = liveReads(engine.deps.tags).watch(liveKey(engine, validated), {
    refresh: refreshOf(engine, validated, target),
    lastEtag,
    show: (snapshot) => stream.sendLatest(target, framing(snapshot)),
  });
  stream.onClose(stop);
}

/** Validates a watched address as a GET of it by the same caller. */
async function validateWatched(
  engine: Engine,
  text: string,
  inbound: Inbound,
  { requestId, traceId }: ValidatedRequest,
): Promise<{ readonly read: ValidatedRequest | ProblemDetails; readonly usage?: Usage | undefined }> {
  const target = readQuery(text);
  if (target.tooLong) return { read: { slug: 'target-too-long' } };
  const match = matchPath(engine.routes, target.path);
  const operation = match?.operations.get('GET');
  if (match === undefined || operation === undefined) return { read: { slug: 'no-such-route' } };
  if (!isRead(operation)) return { read: { slug: 'not-acceptable', detail: 'It is no read.' } };
  const headers = { ...inbound.headers, accept: 'text/event-stream' };
  const arrived = {
    inbound: {
      method: 'GET',
      target: text,
      headers,
      body: undefined,
      address: inbound.address,
      gone: new Cancellation(),
    },
    target,
    requestId,
    traceId,
    log: { usage: undefined, fields: [], caller: undefined, problem: undefined, reason: undefined, guarded: undefined },
  };
  const validated = await validateRequest(engine, operation, match.parameters, arrived);
  const { usage } = arrived.log as Pick<RequestLog, 'usage'>;
  return { read: 'slug' in validated ? validated : withoutHurry(engine, validated), usage };
}

/** What is shared with others is composed in the time that it has by contract. */
function withoutHurry(engine: Engine, validated: ValidatedRequest): ValidatedRequest {
  return { ...validated, deadline: declaredDeadline(engine, validated.operation) };
}

/** Seconds after which an address that was refused is tried again, where nothing says when. */
const SOON = 5;
const LATEST = 60;

/** Sends the problem of one refused address, and tries it again if that may help: its stream goes on meanwhile. */
function comeBackTo(
  engine: Engine,
  stream: EventStream,
  target: string,
  problem: ProblemDetails,
  again: () => Promise<ValidatedRequest | ProblemDetails>,
): void {
  const { status, body } = renderProblem({ ...problem, requestId: nextRequestId(), base: engine.runtime.publicUrl });
  const about = bodyEtag(Buffer.from(JSON.stringify([problem.slug, problem.detail ?? ''])));
  stream.sendLatest(target, frameOf(target)(new Snapshot('problem', about, body)));
  if (!isCurable(status)) return;
  const seconds = Number(problem.headers?.[problem.headers.indexOf('Retry-After') + 1]) || SOON;
  const retry = async () => {
    if (stream.closed) return;
    const next = await again().catch((thrown) => reportProblem(engine, thrown, nextRequestId()));
    if (stream.closed) return;
    if ('slug' in next) comeBackTo(engine, stream, target, next, again);
    else follow(engine, stream, next, target, undefined, frameOf(target));
  };
  setTimeout(retry, Math.min(seconds, LATEST) * 1_000).unref();
}

/** The problem of one watched address as the problem of the stream's request; a 401 stays one. */
function about(target: string, problem: ProblemDetails): ProblemDetails {
  const { slug, detail = slug } = problem;
  if (slug === 'unauthenticated') return { ...problem, detail: `${target} is personal.` };
  const errors = [{ in: 'query', path: 'watch', message: `can't watch ${target}: ${detail}`, code: slug }] as const;
  return { slug: 'invalid-request', detail: `${target} can't be watched.`, errors };
}

function lastIdOf(headers: InboundHeaders): string | undefined {
  const id = header(headers, 'last-event-id');
  // Too long for one of ours, it is as good as any other that we do not know.
  return id === undefined || id === '' ? undefined : id.slice(0, MAX_ID_LENGTH);
}
