import { type CallError, toCallError } from '#kernel/base/call-error.ts';
import { type FieldError, isRefusal } from '#kernel/contract/problem.ts';
import { isStateError } from '#kernel/state/state.ts';
import { MAX_PAUSE_MS } from '#kernel/upstream/resilience/pauses.ts';

/** A problem (RFC 9457) before it is written. */
export interface ProblemDetails {
  readonly slug: string;
  /** Another status from 400 to 599 than that of its kind. */
  readonly status?: number;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: readonly string[];
  /** Further members; they never replace ours. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Set if the request was refused for load: only a sample of these is traced and logged, or they would be all. */
  readonly refusedForLoad?: true;
}

const RETRY_SOON = 1;
const STATE_AWAY: ProblemDetails = { slug: 'state-unavailable', headers: ['Retry-After', String(RETRY_SOON)] };

/** RFC 9110 §11.6.1: a 401 says how to sign in. */
export const UNAUTHENTICATED: ProblemDetails = { slug: 'unauthenticated', headers: ['WWW-Authenticate', 'Bearer'] };

/** For an address without an operation, or one that the client must not know of. */
export const nothingAt = (path: string): ProblemDetails => ({
  slug: 'no-such-route',
  detail: `Nothing is offered at ${path}.`,
});

/** What a client learns of a failure: which section, never our own message; unknown errors say nothing. */
export function problemOf(thrown: unknown): ProblemDetails {
  if (isRefusal(thrown)) {
    const { slug, message: detail, errors } = thrown;
    return errors.length > 0 ? { slug, detail, errors } : { slug, detail };
  }
  if (isStateError(thrown)) return STATE_AWAY;
  const failure = toCallError(thrown);
  if (failure.outcomeUnknown && failure.reason in UNKNOWN_OUTCOME) return unknownOutcome(failure);
  const where = failure.section === undefined ? 'This answer' : `The section "${failure.section}"`;
  switch (failure.reason) {
    case 'not-found':
      return failure.subject
        ? { slug: 'not-found', detail: 'There is nothing at this address.' }
        : { slug: 'upstream-failed', detail: `${where} is missing upstream.` };
    case 'denied':
      return denied(failure, where);
    case 'aborted':
      return { slug: 'client-left' };
    case 'timeout':
      return { slug: 'upstream-timeout', detail: `${where} was not ready in time.` };
    case 'busy':
      return {
        slug: 'overloaded',
        detail: `${where} was not ready in time: this server was busy for ${failure.lost ?? 0} ms itself.`,
        headers: retryAfter(failure),
      };
    case 'unavailable':
      if (failure.store) return STATE_AWAY;
      return {
        slug: 'upstream-failed',
        detail: `${where} could not be had.`,
        ...(failure.retryAfter !== undefined && { headers: retryAfter(failure) }),
      };
    case 'contract':
      return { slug: 'upstream-contract', detail: `${where} came in a shape that we do not know.` };
    case 'open':
      return { slug: 'upstream-open', detail: `${where} rests after failures.`, headers: retryAfter(failure) };
    case 'overloaded':
      return { slug: 'overloaded', detail: `${where} has too many waiting.`, headers: retryAfter(failure) };
    default:
      return { slug: 'internal' };
  }
}

/** The status of a write that may have been carried out, by the reason why it is not known. */
const UNKNOWN_OUTCOME = { timeout: 504, busy: 504, unavailable: 502, contract: 502 } as const;

function unknownOutcome(failure: CallError): ProblemDetails {
  const { reason, retryAfter: wait } = failure;
  return {
    slug: 'outcome-unknown',
    status: UNKNOWN_OUTCOME[reason as keyof typeof UNKNOWN_OUTCOME],
    detail: 'It was sent on, and whether it was done is not known.',
    ...(reason === 'unavailable' && wait !== undefined && { headers: retryAfter(failure) }),
  };
}

/** A 401 or 403 is the user's only under the user's own credential; under ours it is our upstream's failure. */
function denied(failure: CallError, where: string): ProblemDetails {
  if (failure.credential !== 'user') return { slug: 'upstream-failed', detail: `${where} could not be had.` };
  return failure.status === 401 ? UNAUTHENTICATED : { slug: 'forbidden' };
}

function retryAfter(failure: CallError): string[] {
  const seconds = Math.max(RETRY_SOON, Math.ceil(Math.min(failure.retryAfter ?? 0, MAX_PAUSE_MS) / 1_000));
  return ['Retry-After', String(seconds)];
}
