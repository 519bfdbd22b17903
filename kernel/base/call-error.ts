/** Why a call, a section or a request failed. */
export type CallErrorReason =
  | 'timeout'
  | 'unavailable'
  | 'open'
  | 'contract'
  | 'not-found'
  | 'denied'
  | 'aborted'
  | 'overloaded'
  | 'busy'
  | 'internal';

export interface CallErrorDetails {
  upstream?: string;
  /** The section that failed, as a path: `related.prices`. */
  section?: string;
  /** Whether that section is the subject, whose absence is our 404. */
  subject?: boolean;
  /** The upstream's status code, where it gave one. */
  status?: number;
  /** Set where something on the way has answered, an ingress perhaps: the upstream itself has said nothing. */
  fromIntermediary?: true;
  /** Milliseconds after which a retry may succeed. */
  retryAfter?: number;
  /** Milliseconds that this process lost itself, where that is the reason. */
  lost?: number;
  /** Set when the call carried the user's own credential, so that a 401 is the user's and not ours. */
  credential?: 'user';
  /** Set where nothing was put on the wire. */
  unsent?: true;
  /** Set where a write was sent and it is unknown whether it was carried out. */
  outcomeUnknown?: true;
  /** Set where it was our own store that could not be reached. */
  store?: true;
  cause?: unknown;
}

/** The engine's one error. Told apart by `kind`, because module copies differ between bundles. */
export interface CallError extends Error, CallErrorDetails {
  readonly kind: 'call-error';
  readonly reason: CallErrorReason;
}

/** Makes a CallError. The message is for logs and traces and never leaves the process. */
export function callError(reason: CallErrorReason, message: string, details: CallErrorDetails = {}): CallError {
  const { cause, ...rest } = details;
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), {
    kind: 'call-error' as const,
    reason,
    ...rest,
  });
}

/** The same failure with more details, as it is known further out. */
export const withDetails = (failure: CallError, details: CallErrorDetails): CallError =>
  callError(failure.reason, failure.message, { ...failure, ...details, cause: failure });

/** Whether an intermediary knows no upstream: an outage. Its 401 or 403 may well mean one request. */
export const isIngressOutage = ({ fromIntermediary, status }: CallErrorDetails): boolean =>
  fromIntermediary === true && (status === 404 || status === 410);

export function isCallError(thrown: unknown): thrown is CallError {
  return (thrown as CallError | null | undefined)?.kind === 'call-error';
}

/** Any thrown value as a CallError; what is unforeseen is `internal`. */
export function toCallError(thrown: unknown): CallError {
  return isCallError(thrown) ? thrown : callError('internal', 'unexpected error', { cause: thrown });
}
