import type { z } from 'zod';
import { callError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import { type CachedResponse, type Representation, storeResponse } from '#kernel/cache/cached-response.ts';
import { sharedFields, unsharedFields } from '#kernel/cache/cdn/cdn-fields.ts';
import { type Life, lifeOf } from '#kernel/cache/dependencies.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { Flow } from '#kernel/flow/flow.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { fitView, WITH_INPUT } from '#kernel/http/engine/fit-view.ts';
import { type OnFlowArriving, type Performed, perform } from '#kernel/http/engine/perform.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { cacheControl, represent, withLanguage } from '#kernel/http/response/representation.ts';
import type { TraceContext } from '#kernel/telemetry/context/trace-context.ts';
import type { CallTrace } from '#kernel/telemetry/trace.ts';

/** A composed read, as bytes. */
export interface Read {
  readonly representation: Representation;
  readonly sections: Readonly<Record<string, SectionStatus>>;
  readonly calls: readonly CallTrace[];
  /** Set if the response was stored in the cache, or found there. */
  readonly cachedResponse: CachedResponse | undefined;
  /** Set if only its size keeps it out of the cache. */
  readonly tooLarge?: true;
  readonly cache: 'hit' | 'miss' | 'collapsed' | 'bypass';
  /** Set if any of it was made for the principal. */
  readonly personal: boolean;
  readonly dependencies: AnswerDependencies;
  readonly by: Composer | undefined;
}

/** The request whose code made an answer, and when that began, monotonic. */
interface Composer {
  readonly requestId: string;
  readonly startedAt: number;
  readonly trace: TraceContext;
}

/** What can make an answer old. */
export interface AnswerDependencies {
  readonly tags: Iterable<string>;
  /** Set if a value may come from a lagging replica: when to ask for it again, monotonic. */
  readonly provisionalUntil: number | undefined;
}

/** A read that failed, with what its flow depended on. */
export interface Failed {
  readonly thrown: unknown;
  readonly calls: readonly CallTrace[];
  readonly dependencies: AnswerDependencies;
  readonly by: Composer;
}

export function cachedRead(cachedResponse: CachedResponse): Read {
  const { identity: representation, tags, provisional, freshUntil } = cachedResponse;
  return {
    representation,
    sections: {},
    calls: [],
    cachedResponse,
    cache: 'hit',
    personal: false,
    dependencies: { tags, provisionalUntil: provisional ? freshUntil : undefined },
    by: undefined,
  };
}

/** Composes an answer, and stores it if it may be cached and is complete. */
export async function render(
  engine: Engine,
  context: RequestContext,
  caller: Cancellation,
  onArriving?: OnFlowArriving,
): Promise<Read | Failed> {
  const performed = await perform(engine, context, caller, onArriving);
  const { calls, dependencies, requestId, startedAt, trace } = performed.flow;
  const by = { requestId, startedAt, trace };
  try {
    const { contract } = context.operation;
    const fitted = await fitView(engine, context, performed, (settled) => viewIn(contract, settled));
    const { flow } = fitted.performed;
    const { bytes, etag, sections } = fitted.made;
    const personal = flow.calls.some((call) => call.personal);
    const degraded = Object.keys(sections).length > 0;
    const control = cacheControl(contract, { degraded, lane: flow.lane.name !== MAIN_LANE });
    const life = lifeOfAnswer(engine, context, flow);
    const fields = [...engine.fields, ...cdnFields(engine, contract, life)];
    const plain = represent(contract, control, bytes, etag, fields);
    const representation = withLanguage(plain, contract, context.input);
    const stored = life === undefined ? NOT_STORED : storeAnswer(engine, context, life, representation);
    const cache = context.responseKey === undefined ? 'bypass' : 'miss';
    return { representation, sections, calls, ...stored, cache, personal, dependencies, by };
  } catch (thrown) {
    return { thrown, calls, dependencies, by };
  }
}

/** How long an answer may be stored: all of its sections are fresh, and none was purged while it was made. */
function lifeOfAnswer(
  { deps }: Engine,
  { responseKey }: RequestContext,
  { statuses, dependencies }: Flow,
): Life | undefined {
  if (responseKey === undefined || Object.keys(statuses).length > 0) return undefined;
  return lifeOf(dependencies, deps.tags);
}

/** The fields for a CDN; none without a CDN. It must not store values that may come from a lagging replica. */
function cdnFields({ runtime: { cdn } }: Engine, { shared }: Contract, life: Life | undefined): readonly string[] {
  if (cdn === undefined) return [];
  const fields = shared && life && !life.provisional ? sharedFields(cdn, life.tags, shared.seconds) : undefined;
  return fields ?? unsharedFields(cdn);
}

const NOT_STORED = { cachedResponse: undefined } as const;

function storeAnswer(
  engine: Engine,
  { operation, requestId, responseKey = '' }: RequestContext,
  life: Life,
  identity: Representation,
): Pick<Read, 'cachedResponse' | 'tooLarge'> {
  const cachedResponse: CachedResponse = {
    operation: operation.contract.id,
    by: requestId,
    ...life,
    checked: life.sequence,
    hits: 0,
    identity,
  };
  const stored = storeResponse(engine.responses, responseKey, cachedResponse);
  return stored ? { cachedResponse } : { ...NOT_STORED, tooLarge: true };
}

/** The view of an operation, and its ETag if it gave one. */
function viewIn(
  contract: Contract,
  { flow, outcome }: Performed,
): { bytes: Uint8Array; etag?: string | undefined; sections: Flow['statuses'] } {
  if (!outcome.ok) throw outcome.thrown;
  const { result, answer, composed } = outcome;
  const sections = sorted(flow.statuses);
  if (answer === undefined)
    return { bytes: toBytes(contract.output, result, composed ? sections : undefined), sections };
  const schema = answer.status === 200 ? contract.answers?.[200] : undefined;
  if (schema === undefined) throw callError('internal', `${contract.id} answered ${answer.status} to a read`);
  return { bytes: Buffer.from(JSON.stringify(schema.parse(answer.view, WITH_INPUT))), etag: answer.etag, sections };
}

/** Sorted by name, since sections fail in any order: equal answers must have equal bytes. */
function sorted(statuses: Flow['statuses']): Flow['statuses'] {
  const paths = Object.keys(statuses);
  if (paths.length < 2) return statuses;
  return Object.fromEntries(paths.sort().map((path) => [path, statuses[path] as SectionStatus]));
}

/** The view with its `meta`. Its schema drops all members that it does not declare. */
export function toBytes(
  schema: z.ZodObject | undefined,
  view: unknown,
  sections: Readonly<Record<string, SectionStatus>> | undefined,
): Uint8Array {
  const parsed = schema?.safeParse(view, WITH_INPUT);
  if (!parsed?.success)
    throw callError('internal', 'the answer does not fit its output schema', { cause: parsed?.error });
  const meta = sections && { complete: Object.keys(sections).length === 0, sections };
  return Buffer.from(JSON.stringify({ ...parsed.data, meta }));
}
