import { PUBLIC } from '#kernel/base/scope.ts';
import type { Events } from '#kernel/contract/answer.ts';
import type { Usage } from '#kernel/contract/rate-policy.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { perform } from '#kernel/http/engine/perform.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { type ProblemDetails, UNAUTHENTICATED } from '#kernel/http/problem/failure.ts';
import { renderProblem, statusOf } from '#kernel/http/problem/problem.ts';
import { header, type InboundHeaders, type Reply } from '#kernel/http/request/inbound.ts';
import { eventReply, isTransient, sendProblemAndEnd } from '#kernel/http/response/event-reply.ts';
import { networkOf } from '#kernel/http/security/client-address.ts';
import { isAuthenticated, type Principal, scopeOf } from '#kernel/identity/principal.ts';
import { channelOf } from '#kernel/realtime/event-entry.ts';
import { EventStream, type StreamOwner } from '#kernel/realtime/event-stream.ts';
import { frame, reset } from '#kernel/realtime/frame.ts';
import { type Hub, hubOf, type Standing } from '#kernel/realtime/hub.ts';
import type { Outlet } from '#kernel/realtime/outlet.ts';
import { retryHint } from '#kernel/realtime/streams.ts';
import { detached, follow, frameAlone, frameOf, retryWatched, validateWatched, watchProblem } from './watched.ts';

/** Streams that one principal, or one network of unauthenticated clients, may have open at once. */
const MAX_STREAMS = { principal: 20, address: 200 } as const;
/** Maximum length of a Last-Event-ID: a client may send whatever it likes. */
const MAX_ID_LENGTH = 128;

/** A read that can't be watched yet. */
interface Refused {
  readonly target: string;
  readonly problem: ProblemDetails;
}

/** Answers with a stream of events: one read and its changes, or what an operation lists. */
export async function streaming(engine: Engine, context: RequestContext): Promise<Reply | ProblemDetails> {
  const { operation, inbound, requestId, log } = context;
  const lastId = lastIdOf(inbound.headers);
  if (!operation.contract.live) {
    const watched = detached(engine, context);
    return eventReply(requestId, (outlet) => {
      open(engine, outlet, context, [log.usage], (stream) => {
        stream.send(retryHint());
        // One read alone: ids are ETags, so that a client that reconnects with the present one is sent nothing.
        follow(engine, stream, watched, lastId, frameAlone);
      });
    });
  }
  const { flow, outcome } = await perform(engine, context, inbound.gone);
  log.calls = flow.calls;
  if (!outcome.ok) return reportProblem(engine, outcome.thrown, requestId, operation.contract);
  const { topics, watch } = outcome.result as Events;
  const scope = scopeOf(context.principal);
  if (scope === PUBLIC && topics.some(({ audience }) => audience === 'personal')) return UNAUTHENTICATED;
  const channels = new Set(topics.map((topic) => channelOf(topic, scope)));
  const reads: RequestContext[] = [];
  const refused: Refused[] = [];
  const usages = [log.usage];
  for (const target of new Set(watch)) {
    const { read, usage } = await validateWatched(engine, target, context);
    usages.push(usage);
    if (!('slug' in read)) reads.push(read);
    else if (read.slug === 'state-unavailable') return read;
    else if (isTransient(statusOf(read))) refused.push({ target, problem: read });
    else return watchProblem(target, read);
  }
  // The stream itself ignores guests, but a watched read may belong to one: then the stream ends with that guest's
  // session.
  const owner = reads.find(({ principal }) => principal.kind !== 'anonymous')?.principal ?? context.principal;
  const watched = [...reads.map(({ inbound: { target } }) => target), ...refused.map(({ target }) => target)];
  const ready = { topics: topics.map(({ name }) => name), watch: watched };
  return eventReply(requestId, (outlet) => {
    open(engine, outlet, { ...context, principal: owner }, usages, (stream, hub) => {
      const greet = (standing?: Standing) => {
        const id = standing && { id: standing.id };
        stream.send(Buffer.concat([retryHint(), frame({ event: 'ready', ...id, data: JSON.stringify(ready) })]));
        if (standing?.gap) stream.send(reset(standing.id));
        for (const read of reads) follow(engine, stream, read, undefined, frameOf(read.inbound.target));
        for (const { target, problem } of refused) {
          const again = async () => (await validateWatched(engine, target, context)).read;
          retryWatched(engine, stream, target, problem, again);
        }
      };
      // A stream of watched reads has no earlier events to resume from.
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
 * Opens a stream, unless its owner has too many or the process takes no more: then the client comes back later, and its
 * quota is given back.
 */
function open(
  engine: Engine,
  outlet: Outlet,
  { principal, requestId, inbound: { headers, address } }: RequestContext,
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
    const { body } = renderProblem({ slug: refusal }, { requestId, base: engine.runtime.publicUrl });
    sendProblemAndEnd(outlet, Buffer.from(body).toString());
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
    const now = await engine.runtime.identify(credentials, 'peek');
    return typeof now === 'object' && scopeOf(now) === scopeOf(principal);
  };
  return { owner: isAuthenticated(principal) ? scopeOf(principal) : network, session: principal.session, recheck };
}

function lastIdOf(headers: InboundHeaders): string | undefined {
  const id = header(headers, 'last-event-id');
  // A longer id is none of ours. Cut off, it is still one that we do not know.
  return id === undefined || id === '' ? undefined : id.slice(0, MAX_ID_LENGTH);
}
