import { PUBLIC } from '#kernel/base/scope.ts';
import { ownTag, purge as purgeTags } from '#kernel/cache/tags.ts';
import type { Answer } from '#kernel/contract/answer.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { type Principal, scopeOf } from '#kernel/identity/principal.ts';
import { hubOf } from '#kernel/realtime/hub.ts';
import { toBytes } from './compose.ts';
import type { Engine } from './engine.ts';
import type { Trouble } from './failure.ts';
import { conditional } from './hit.ts';
import type { Inbound, Reply } from './inbound.ts';
import { type Admitted, type Performed, perform, performWrite } from './perform.ts';
import { troubled } from './report.ts';
import { represent } from './representation.ts';
import type { Story } from './story.ts';

/** A write, or a read with answers of its own. Effects come after success, in their order. */
export async function writing(
  engine: Engine,
  admitted: Admitted,
  inbound: Inbound,
  story: Story,
): Promise<Reply | Trouble> {
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
  return cookies.length === 0
    ? reply
    : { ...reply, headers: [...reply.headers, ...cookies.flatMap((cookie) => ['Set-Cookie', cookie])] };
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
    if (effect.effect === 'purge') {
      const tags = effect.own ? effect.tags.map((tag) => ownTag(scope, tag)) : effect.tags;
      purgeTags(ground.tags, tags, performance.now(), writer);
    } else if (effect.effect === 'publish') {
      runtime.defer(hubOf(runtime.state).publish(effect.topic, effect.event, effect.data, scope));
    } else cookies.push(runtime.cookies.write(effect.name, effect.value, effect.maxAge));
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
