import { setTimeout as sleep } from 'node:timers/promises';
import { isCallError } from '#kernel/base/call-error.ts';
import type { Answer } from '#kernel/contract/answer.ts';
import type { Flow } from '#kernel/flow/flow.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { fitView } from '#kernel/http/engine/fit-view.ts';
import { type Performed, perform, performWrite } from '#kernel/http/engine/perform.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { toBytes } from '#kernel/http/read/render.ts';
import type { Reply } from '#kernel/http/request/inbound.ts';
import { formatSectionStatus } from '#kernel/http/response/status-fields.ts';
import { SAFE } from '#kernel/http/security/csrf.ts';
import { applyEffects, type Commit, startGuestSession } from '#kernel/http/write/effects.ts';
import { outcomeOf, recordOf, replayedReply } from '#kernel/http/write/idempotency-key.ts';
import { json, writeAnswer } from '#kernel/http/write/write-answer.ts';
import { type Begun, begin } from '#kernel/state/idempotency.ts';
import type { Step } from '#kernel/state/state.ts';

/** A write, or a read with answers of its own. Under an Idempotency-Key it is done once, and then replayed. */
export async function writing(engine: Engine, context: RequestContext): Promise<Reply | ProblemDetails> {
  const record = recordOf(context);
  if (record === undefined) return run(engine, context);
  const mayBegin = () => begin(engine.runtime.sessions, record.recordId, record.fingerprint, record.owner);
  const begun = context.form !== undefined ? await inTurn(mayBegin, context.deadline) : await mayBegin();
  switch (begun.kind) {
    case 'attempt':
      context.attempt = begun.attempt;
      return run(engine, context);
    case 'outcome':
      return replayedReply(begun.outcome, context.requestId);
    case 'running':
      return { slug: 'request-in-progress', headers: ['Retry-After', '1'] };
    case 'lost':
      return { slug: 'outcome-unknown', detail: DONE };
    case 'other':
      return { slug: 'idempotency-key-reused' };
  }
}

const DONE = 'It was done; what came of it can not be told any more.';
const TURN = 100;

/**
 * A form that is sent twice shows the outcome of the first: the browser has dropped that answer, and will not retry.
 */
async function inTurn(mayBegin: () => Promise<Begun>, timeout: number): Promise<Begun> {
  const end = performance.now() + timeout;
  for (;;) {
    const begun = await mayBegin();
    if (begun.kind !== 'running' || performance.now() > end) return begun;
    await sleep(TURN);
  }
}

async function run(engine: Engine, context: RequestContext): Promise<Reply | ProblemDetails> {
  const { inbound, log } = context;
  if (SAFE.includes(inbound.method)) {
    const first = await perform(engine, context, inbound.gone);
    log.calls = first.flow.calls;
    try {
      const { performed, made } = await fitView(engine, context, first, (settled) => replyTo(context, settled));
      return conclude(engine, context, performed, made);
    } catch (thrown) {
      return reportProblem(engine, thrown, context.requestId, context.operation.contract);
    }
  }
  const { flow, completion, late } = await performWrite(engine, context);
  log.calls = flow.calls;
  if (late === undefined) return conclude(engine, context, await completion);
  // Effects after a late answer still count; but a client that got no answer can't become a guest.
  engine.runtime.defer(applyEffects(engine, flow));
  const unseen = { ...context, newGuest: undefined };
  const concluding = completion.then((performed) => conclude(engine, unseen, performed));
  engine.runtime.defer(noted(engine, context, concluding));
  return reportProblem(engine, late, context.requestId, context.operation.contract);
}

/** Labels of calls that change something. */
const WRITE = /^(?:POST|PUT|PATCH|DELETE) /;

/** Makes the reply and records the outcome. Effects are applied after success, in their order. */
async function conclude(
  engine: Engine,
  context: RequestContext,
  performed: Performed,
  made?: Reply | ProblemDetails,
): Promise<Reply | ProblemDetails> {
  const { attempt } = context;
  const { flow, outcome } = performed;
  if (!outcome.ok) {
    await applyEffects(engine, flow);
    const outcomeUnknown = isCallError(outcome.thrown) && outcome.thrown.outcomeUnknown === true;
    // The upstream now knows this key, so only the same request may use it again.
    const wasSent = flow.calls.some(({ call, wire }) => WRITE.test(call) && (wire?.attempts ?? 0) > 0);
    await noted(engine, context, attempt?.failed(outcomeUnknown || wasSent));
    return problemFor(engine, context, flow, outcome.thrown);
  }
  try {
    const reply = made ?? replyTo(context, performed);
    if ('slug' in reply) return reply;
    // Another attempt tells this outcome again, without effects: so neither is stored without the other.
    const commit = attempt && ((steps: readonly Step[]) => attempt.done(outcomeOf(reply), steps));
    const headers = await consequences(engine, context, flow, { answer: outcome.answer, commit });
    return { ...reply, headers: [...reply.headers, ...headers] };
  } catch (thrown) {
    await applyEffects(engine, flow);
    await noted(engine, context, attempt?.failed(true));
    return problemFor(engine, context, flow, thrown);
  }
}

/** The result of an operation, as a reply. */
function replyTo(
  { operation, inbound, requestId }: RequestContext,
  { flow, outcome }: Performed,
): Reply | ProblemDetails {
  if (!outcome.ok) throw outcome.thrown;
  const { answer, result, composed } = outcome;
  if (answer) return writeAnswer(operation, answer, inbound, requestId);
  return json(toBytes(operation.contract.output, result, composed ? flow.statuses : undefined), requestId);
}

/**
 * The problem where there is no answer. If something was changed and only its answer failed, the client learns that.
 */
function problemFor(
  engine: Engine,
  { requestId, operation }: RequestContext,
  { written }: Flow,
  thrown: unknown,
): ProblemDetails {
  const problem = reportProblem(engine, thrown, requestId, operation.contract);
  if (problem.slug !== 'internal' || written.size === 0) return problem;
  return { slug: 'outcome-unknown', detail: DONE };
}

/** Applies what an answer brings with it; what is returned are further headers. */
async function consequences(
  engine: Engine,
  { newGuest, caller }: RequestContext,
  flow: Flow,
  { answer, commit }: { readonly answer: Answer | undefined; readonly commit: Commit | undefined },
): Promise<string[]> {
  const { statuses } = flow;
  const cookies = await applyEffects(engine, flow, { effects: answer?.effects, commit });
  if (answer === undefined) return [];
  if (newGuest) cookies.push(await startGuestSession(engine, newGuest, caller));
  const headers = cookies.flatMap((cookie) => ['Set-Cookie', cookie]);
  if (Object.keys(statuses).length > 0) headers.push('Section-Status', formatSectionStatus(statuses));
  return headers;
}

/** A failure to record the outcome is only reported: the write has happened. */
async function noted(
  { runtime }: Engine,
  { requestId }: RequestContext,
  writing: Promise<unknown> | undefined,
): Promise<void> {
  await writing?.catch((thrown: unknown) => runtime.report(thrown, requestId));
}
