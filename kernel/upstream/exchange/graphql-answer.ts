import { type CallError, type CallErrorReason, callError } from '#kernel/base/call-error.ts';
import type { GraphqlPart, WireRequest } from '#kernel/upstream/calls/call.ts';
import type { CallContext, Exchange } from './call-context.ts';
import type { Decoded, GraphqlFailure } from './decode.ts';

type Path = readonly PropertyKey[];

/** What codes mean, as servers give them in `extensions.code`, or `extensions.classification` (Spring). */
const MEANINGS: Readonly<Record<string, readonly [reason: CallErrorReason, status: number]>> = {
  UNAUTHENTICATED: ['denied', 401],
  UNAUTHORIZED: ['denied', 401],
  FORBIDDEN: ['denied', 403],
  NOT_FOUND: ['not-found', 404],
  GRAPHQL_PARSE_FAILED: ['contract', 400],
  GRAPHQL_VALIDATION_FAILED: ['contract', 400],
  OPERATION_RESOLUTION_FAILURE: ['contract', 400],
  BAD_USER_INPUT: ['unavailable', 400],
  BAD_REQUEST: ['unavailable', 400],
  THROTTLED: ['unavailable', 429],
  RATE_LIMITED: ['unavailable', 429],
  TOO_MANY_REQUESTS: ['unavailable', 429],
  INTERNAL_SERVER_ERROR: ['unavailable', 500],
  INTERNAL_ERROR: ['unavailable', 500],
  SERVICE_UNAVAILABLE: ['unavailable', 503],
};
/** A code that we do not know: the upstream is alive, and refuses this request. */
const REFUSED = 422;
const BROKEN = 500;

interface RawError {
  readonly message?: unknown;
  readonly path?: unknown;
  readonly extensions?: { readonly code?: unknown; readonly classification?: unknown } | null;
}

function rawErrors(json: unknown): readonly RawError[] | undefined {
  const { errors } = (json ?? {}) as { errors?: unknown };
  if (!Array.isArray(errors) || errors.length === 0) return undefined;
  return errors.every((error) => typeof error === 'object' && error !== null) ? errors : undefined;
}

/** Whether the upstream wants the full document instead of its hash; `always` if it accepts no hashes. */
function wantsDocument(json: unknown): 'once' | 'always' | undefined {
  const words = (rawErrors(json) ?? []).flatMap(({ message, extensions }) => [message, extensions?.code]);
  if (words.some((word) => word === 'PersistedQueryNotSupported' || word === 'PERSISTED_QUERY_NOT_SUPPORTED'))
    return 'always';
  return words.some((word) => word === 'PersistedQueryNotFound' || word === 'PERSISTED_QUERY_NOT_FOUND')
    ? 'once'
    : undefined;
}

/**
 * The data of an answer, and the errors beside it (GraphQL §7.1). Throws a CallError where there is no data, or nothing
 * at its root: what the first error about it means, else `not-found`.
 */
function dataOf(decoded: Decoded, { root }: GraphqlPart, reads: boolean): Decoded {
  const { refusal } = decoded;
  const { data } = (decoded.json ?? {}) as { data?: unknown };
  // Where there is data, a write was carried out: only an error of its own field, and not below it, may deny that.
  const isDone = !reads && refusal === undefined && typeof data === 'object' && data !== null;
  const failures = (rawErrors(decoded.json) ?? []).map((error) => failureOf(error, refusal, isDone));
  if (refusal !== undefined || typeof data !== 'object' || data === null) {
    throw failures[0]?.failure ?? refusal ?? callError('contract', 'answered neither data nor errors');
  }
  const prefix = root === undefined ? ['data'] : ['data', root];
  const value = root === undefined ? data : (data as Record<string, unknown>)[root];
  if (value === undefined) throw callError('contract', `answered no member ${root}`);
  if (value === null) {
    throw failures.find(({ path }) => path[0] === root)?.failure ?? callError('not-found', `${root} is null`);
  }
  const within = failures.map(({ path, failure }) => ({ failure, path: root === undefined ? path : path.slice(1) }));
  return {
    ...decoded,
    json: value,
    flaws: decoded.flaws.flatMap(({ path, message }) =>
      prefix.every((step, at) => path[at] === step) ? [{ message, path: path.slice(prefix.length) }] : [],
    ),
    ...(within.length > 0 && { failures: within }),
  };
}

/**
 * Sends a GraphQL request, by the hash of its document if that is configured, and returns the data of its answer. Other
 * requests pass through. An upstream that accepts no hashes gets full documents from then on.
 */
export function graphqlAware(send: Exchange): Exchange {
  let takesHashes = true;
  const sendDocument = async (request: WireRequest, graphql: GraphqlPart, context: CallContext) => {
    const byHash = graphql.persisted && takesHashes;
    const first = await send(byHash ? request : { ...request, ...graphql.whole }, context);
    const wanted = byHash ? wantsDocument(first.json) : undefined;
    if (wanted === 'always') takesHashes = false;
    // Even a write may be sent again: it was not carried out. `known` is left out, since it came by another method.
    const answer = wanted
      ? await send({ ...request, ...graphql.whole }, { ...context, revalidation: undefined })
      : first;
    return answer.unchanged || (!request.isRead && answer.json === undefined)
      ? answer
      : dataOf(answer, graphql, request.isRead);
  };
  return (request, context) =>
    request.graphql === undefined ? send(request, context) : sendDocument(request, request.graphql, context);
}

/** The failure behind what does not fit a schema: an error at that place, above or below it, since null climbs (§6.4.4). */
export function failureAt(failures: readonly GraphqlFailure[], place: Path): CallError | undefined {
  return failures.find(({ path }) => {
    const common = Math.min(path.length, place.length);
    return common > 0 && path.slice(0, common).every((step, at) => step === place[at]);
  })?.failure;
}

/** Only errors about our document are repeated: other texts of an upstream may be about a user. */
function failureOf(
  { message, path: given, extensions }: RawError,
  refusal: CallError | undefined,
  isDone: boolean,
): GraphqlFailure {
  const path = Array.isArray(given) ? (given as Path) : [];
  const word = extensions?.code ?? extensions?.classification;
  const code = typeof word === 'string' && /^\w{1,60}$/.test(word) ? word : undefined;
  const known = code !== undefined && Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  if (known === undefined && refusal !== undefined) return { path, failure: refusal };
  const [reason, status] = known ?? (['unavailable', code === undefined ? BROKEN : REFUSED] as const);
  if (isDone && path.length !== 1) {
    const words = `answered the error ${code ?? 'without a code'} beside data`;
    return { path, failure: callError('unavailable', words, { outcomeUnknown: true }) };
  }
  const { retryAfter } = refusal ?? {};
  const about = reason === 'contract' ? `: ${String(message).slice(0, 200)}` : '';
  const words = `answered the error ${code ?? 'without a code'}${about}`;
  return { path, failure: callError(reason, words, { status, ...(retryAfter !== undefined && { retryAfter }) }) };
}
