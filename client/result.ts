import type { Entry } from './entry.ts';

/** How a section stands that is not as it should be. */
export interface SectionStatus {
  readonly state: 'pending' | 'stale' | 'fallback' | 'missing';
  readonly reason?: string;
  /** ISO 8601. */
  readonly since?: string;
}

/** Problem details (RFC 9457). */
export interface Problem<C extends string = string> {
  /** A page that says what it means and what to do. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance?: string;
  /** The last part of `type`. Known ones are offered for completion; others may come. */
  readonly code: C | (string & Record<never, never>);
  readonly requestId: string;
  readonly errors?: readonly {
    readonly in: string;
    readonly path: string;
    readonly message: string;
    readonly code: string;
  }[];
}

/** The requested view. */
export interface Answered<S extends number, V> {
  readonly ok: true;
  readonly status: S;
  readonly view: V;
  /** Whether every section is as it should be; `sections` has those that are not, by path. */
  readonly complete: boolean;
  readonly sections: Readonly<Record<string, SectionStatus>>;
  readonly etag?: string;
  /** The address to go on to, or of what was made. */
  readonly location?: string;
  /** Whether it is the answer that we had: the server has sent a 304. */
  readonly unchanged: boolean;
  readonly requestId?: string;
}

/** The statuses of problems: none of them is also an answer's, so that the status separates the two. */
export type ProblemStatus =
  | (400 | 401 | 403 | 404 | 405 | 406 | 409 | 410 | 412 | 413 | 414 | 415 | 422 | 426 | 428 | 429 | 431)
  | (500 | 502 | 503 | 504);

/** A problem from the server. */
export interface Refused<C extends string = string> {
  readonly ok: false;
  readonly status: ProblemStatus;
  readonly problem: Problem<C>;
  /** Seconds after which to try again. */
  readonly retryAfter?: number;
}

/** No answer of the server's. `unreadable` is one that is not in its words, such as a proxy's page. */
export interface Failed {
  readonly ok: false;
  readonly status: 0;
  readonly reason: 'offline' | 'aborted' | 'unreadable';
}

/** Sends the same request again, a write under the same Idempotency-Key: it is done once at most. */
interface Again<E extends Entry> {
  readonly again: () => Promise<Result<E>>;
}

type Views<E extends Entry> = E['views'];
export type AnsweredBy<E extends Entry> = {
  [S in keyof Views<E>]: S extends number ? Answered<S, Views<E>[S]> : never;
}[keyof Views<E>];

/** The result of a request: nothing is thrown. */
export type Result<E extends Entry> = AnsweredBy<E> | (Refused<E['codes']> & Again<E>) | (Failed & Again<E>);
