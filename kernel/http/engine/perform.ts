import type { CallError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { innerDeadline, Timeout } from '#kernel/base/time/timeout.ts';
import { addTags, createDependencies } from '#kernel/cache/dependencies.ts';
import { privateTag } from '#kernel/cache/tags.ts';
import { type Answer, isAnswer } from '#kernel/contract/answer.ts';
import type { Flow } from '#kernel/flow/flow.ts';
import { type OnArriving, settleComposed, toolsFor } from '#kernel/flow/run.ts';
import { isComposed } from '#kernel/flow/tools.ts';
import { ANONYMOUS, type Authenticated, scopeOf } from '#kernel/identity/principal.ts';
import type { Attempt } from '#kernel/state/idempotency.ts';
import { shedParts } from '#kernel/state/overrides.ts';
import type { LaneState } from '#kernel/upstream/lane/state.ts';
import { declaredDeadline, type Engine } from './engine.ts';
import type { RequestContext } from './request-context.ts';

/** The result of an operation, and its flow. */
export interface Performed {
  readonly flow: Flow;
  readonly outcome:
    | { readonly ok: true; readonly result: unknown; readonly answer: Answer | undefined; readonly composed: boolean }
    | { readonly ok: false; readonly thrown: unknown };
}

/** Runs an operation's code under one deadline. Never rejects: what was thrown is in the outcome. */
export async function perform(
  engine: Engine,
  context: RequestContext,
  caller: Cancellation,
  onArriving?: OnFlowArriving,
): Promise<Performed> {
  const flow = openFlow(engine, context);
  const stopListening = caller.onCancel((reason) => flow.cancellation.cancel(reason));
  const completion = runToEnd(engine, context, flow, onArriving);
  const late = await lateness(completion, flow.deadline - flow.startedAt);
  if (late) flow.cancellation.cancel(late);
  // At the deadline sections fall back, and rendering gets the rest of the time; code that still waits ends here.
  const isStuck = late && (await lateness(completion, flow.startedAt + context.deadline - performance.now()));
  stopListening();
  return late && isStuck ? { flow, outcome: { ok: false, thrown: late } } : completion;
}

/** A write in progress: `completion` never rejects; `late` is the error if its deadline came first. */
interface Writing {
  readonly flow: Flow;
  readonly completion: Promise<Performed>;
  readonly late: CallError | undefined;
}

/**
 * Runs the code of a write. Once begun it runs to its end, even if the client leaves or the deadline passes: what was
 * sent upstream has happened. Resolves at its end or at its deadline, whichever comes first.
 */
export async function performWrite(engine: Engine, context: RequestContext): Promise<Writing> {
  const flow = openFlow(engine, context);
  const completion = runToEnd(engine, context, flow);
  const late = await lateness(completion, declaredDeadline(engine, context.operation));
  // It goes on, so its outcome is not known yet.
  return { flow, completion, late: late && Object.assign(late, { outcomeUnknown: true as const }) };
}

/** The error of a timeout, in milliseconds, that comes before the work's end; undefined if the end comes first. */
function lateness(work: Promise<Performed>, timeout: number): Promise<CallError | undefined> {
  const { promise, resolve } = Promise.withResolvers<CallError | undefined>();
  const timer = new Timeout(Math.max(0, timeout), resolve);
  work.then(() => {
    timer.clear();
    resolve(undefined);
  });
  return promise;
}

/** Sees the sections of an answer while they arrive, and the flow in which they do. */
export type OnFlowArriving = (flow: Flow, ...arriving: Parameters<OnArriving>) => void;

/** Runs an operation's code, and resolves with its result or with what it threw. Never rejects. */
export const runToEnd = (
  engine: Engine,
  context: RequestContext,
  flow: Flow,
  onArriving?: OnFlowArriving,
): Promise<Performed> =>
  run(engine, context, flow, onArriving).then(
    ({ result, composed }) => ({
      flow,
      outcome: { ok: true, result, answer: isAnswer(result) ? result : undefined, composed },
    }),
    (thrown) => ({ flow, outcome: { ok: false, thrown } }),
  );

async function run(
  { operations: offered, runtime: { defer } }: Engine,
  context: RequestContext,
  flow: Flow,
  onArriving: OnFlowArriving | undefined,
): Promise<Result> {
  const { operation, input, headers, body, cookies, version, key, attempt, principal } = context;
  const identity = operation.contract.audience === 'public' ? {} : { principal: principal as Authenticated };
  const decide: Attempt['decide'] = attempt?.decide ?? ((make) => make());
  const tagged = (...tags: string[]) =>
    addTags(
      flow.dependencies,
      tags.map((tag) => privateTag(scopeOf(principal), tag)),
    );
  // A new guest has no earlier request: an upstream would match the key with another guest's.
  const upstreamKey = context.newGuest ? undefined : key;
  const more = { headers, body, cookies, version, key: upstreamKey, decide, defer, tagged, offered };
  const tools = { ...toolsFor(flow), ...identity, ...more };
  const outcome = await operation.code(input as never, tools as never);
  if (isComposed(outcome)) {
    const result = await settleComposed(outcome, flow, onArriving && ((...arriving) => onArriving(flow, ...arriving)));
    return { result, composed: true };
  }
  return { result: outcome, composed: flow.calls.length > 0 };
}

interface Result {
  readonly result: unknown;
  /** Whether it was made of calls, and so can be incomplete. */
  readonly composed: boolean;
}

/** A flow at its root. The last tenth of the deadline is reserved for rendering. */
function openFlow(engine: Engine, context: RequestContext): Flow {
  const { operation, lane, requestId, trace, deadline, parts } = context;
  const { id, audience, parts: declared } = operation.contract;
  const startedAt = performance.now();
  return {
    deps: engine.deps,
    lane,
    audience,
    principal: audience === 'public' ? ANONYMOUS : context.principal,
    requestId,
    trace,
    startedAt,
    deadline: innerDeadline(startedAt + deadline, startedAt),
    cancellation: new Cancellation(),
    dependencies: createDependencies(),
    calls: [],
    outcomes: [],
    written: new Set(),
    replay: undefined,
    statuses: {},
    section: '',
    optional: false,
    parts: parts && declared ? { declared, asked: parts } : undefined,
    shed: declared && shedOf(lane, id, declared),
  };
}

/** Only declared parts are ever left out: a reshape knows how to do without those. */
function shedOf(
  { overrides }: LaneState,
  operation: string,
  declared: readonly string[],
): readonly string[] | undefined {
  return shedParts(overrides, operation)?.filter((part) => declared.includes(part));
}
