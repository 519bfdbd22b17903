import type { z } from 'zod';
import type { Audience } from '#kernel/flow/flow.ts';
import type { Composed, Tools } from '#kernel/flow/tools.ts';
import type { Anonymous, Authenticated, Guest } from '#kernel/identity/principal.ts';
import type { Privacy } from '#kernel/identity/private-id.ts';
import type { Answer, Events } from './answer.ts';
import type { Deprecation } from './deprecation.ts';
import type { Guard } from './guard.ts';
import type { ProblemKind } from './problem.ts';
import type { PolicyName } from './rate-policy.ts';
import { parseRoute, type Route, type RouteText } from './route.ts';

/** How a request body is read; limits are bytes. */
type BodyContract =
  | {
      readonly kind: 'json' | 'form' | 'mergePatch';
      readonly schema: z.ZodObject;
      readonly limit?: number;
    }
  | { readonly kind: 'raw'; readonly types: readonly string[]; readonly limit: number };

/** Everything about an operation that can be read without running it. */
export interface Contract {
  /** Unique and for ever: clients generate names from it. */
  readonly id: string;
  readonly route: RouteText;
  readonly summary: string;
  readonly audience: Audience;
  /**
   * How guests are treated, for `either`. `known`: a guest who has a session is a principal. `opened`: a visitor
   * without one becomes a guest, and gets the cookie after success.
   */
  readonly guests?: 'known' | 'opened';
  /**
   * Whether it takes away the cookie of a session that has ended, as every 401 of what is personal does. Elsewhere an
   * answer that is late would take away the cookie of a login in between.
   */
  readonly clearsSession?: true;
  /** Path and query, flat. Query keys that it does not know are refused; a `looseObject` ignores them. */
  readonly input: z.ZodObject;
  /** An input that works, for the reference and for the check at start. */
  readonly example: Readonly<Record<string, string>>;
  /**
   * The input that is the language of the answer: an enum of BCP 47 tags with a default. Where the query does not name
   * it, Accept-Language chooses; Content-Language says what it is.
   */
  readonly language?: string;
  /** Request headers that the code may see, in lower case; each joins Vary and the key. */
  readonly headers?: readonly string[];
  /**
   * Our own cookies that the code may see, by their base names, `login-*` for all that begin so; for operations with
   * answers of their own.
   */
  readonly cookies?: readonly string[];
  /** Whether a plain HTML form may send it too; where it is no POST, to its address with `?_method=`. */
  readonly form?: true;
  readonly body?: BodyContract;
  /** What proves who sends, besides what the audience asks for. */
  readonly guard?: Guard;
  /** The view of a 200. */
  readonly output?: z.ZodObject;
  /** The views by status, where there is more to answer than a 200. */
  readonly answers?: Readonly<Record<number, z.ZodType | undefined>>;
  /** Set where the answer is `events(…)`, a stream and nothing else. */
  readonly live?: true;
  /** The problems of its own that the code may refuse with, besides the engine's, by slug. */
  readonly problems?: Readonly<Record<string, ProblemKind>>;
  /** The media type of the file that a 200 is, where it is one; of several the preferred one first. */
  readonly file?: `${string}/${string}` | readonly `${string}/${string}`[];
  /** Optional sections that a client may choose among by `?parts=`. */
  readonly parts?: readonly string[];
  /** For how many seconds a CDN that we can purge may store the answer; only where one is configured. */
  readonly shared?: { readonly seconds: number };
  /**
   * Whether a write needs the version that it changes (`If-Match`), or an `Idempotency-Key`; the key is optional
   * elsewhere.
   */
  readonly writes?: { readonly match?: true; readonly key?: 'required' };
  /**
   * The policy under which its requests are counted; by default `reads` for a GET and `writes` for anything else. False
   * for what must never be refused: probes, signing out.
   */
  readonly limit?: PolicyName | false;
  /**
   * Whether it is for a browser that goes there, in a tab of its own (`navigation.ts`): what another site embeds is
   * refused, and not counted.
   */
  readonly navigation?: true;
  /**
   * Whether machines ask it every few seconds about this process. Its successes leave no trace and no log line, since
   * they would crowd out all others. It calls no upstream.
   */
  readonly probe?: true;
  /**
   * Whether it is for apps: their builds say what they are in `X-App-Version`, and one that is too old is refused with
   * where to get a new one (`app-version.ts`).
   */
  readonly apps?: true;
  /** Set if clients should move to another operation. */
  readonly deprecated?: Deprecation;
  /** Milliseconds. */
  readonly deadline: number;
}

type PrivacyFor<A extends Audience> = A extends 'public' ? 'public' : Privacy;
type PartsOf<C extends Contract> = C['parts'] extends readonly (infer N extends string)[] ? N : never;
type InputOf<C extends Contract> = z.output<C['input']>;

/** The sender of the request, as far as the audience lets the code know. */
type CallerOf<C extends Contract> = C['audience'] extends 'public'
  ? { readonly principal?: never }
  : { readonly principal: C['audience'] extends 'personal' ? Authenticated : EitherOf<C['guests']> };
type EitherOf<G extends Contract['guests']> = G extends 'opened'
  ? Guest | Authenticated
  : G extends 'known'
    ? Anonymous | Guest | Authenticated
    : Anonymous | Authenticated;

/** What a request brings besides its input. */
type Brought<C extends Contract> = (C['body'] extends { readonly schema: infer S extends z.ZodType }
  ? { readonly body: z.output<S> }
  : C['body'] extends { readonly kind: 'raw' }
    ? { readonly body: Uint8Array }
    : { readonly body?: never }) & {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  /** Everything that the engine was started with, for what describes the API. */
  readonly offered: readonly Operation[];
};

type ToolsOf<C extends Contract> = Tools<PrivacyFor<C['audience']>, PartsOf<C>> &
  CallerOf<C> &
  Brought<C> & {
    /** The version that If-Match names, where the contract `writes: { match: true }`. */
    readonly version: string | undefined;
    /** The `Idempotency-Key`, to be sent on: what answers it once must be done once upstream as well. */
    readonly key: C['writes'] extends { readonly key: 'required' } ? string : string | undefined;
    /**
     * What was decided under this key the first time: an attempt after a crash sends upstream what the first one did.
     * JSON values only.
     */
    decide<T>(make: () => Promise<T>): Promise<T>;
    /** Leaves work to be done that the answer does not wait for. It must not reject. */
    defer(work: Promise<void>): void;
    /** The tags under which the principal's own changes make this answer old, if no call carries them. */
    tagged(...tags: readonly string[]): void;
  };

type ViewOf<S> = S extends z.ZodType ? z.input<S> : undefined;
type AnswerOf<A> = { [S in keyof A & number]: Answer<S, ViewOf<A[S]>> }[keyof A & number] | Answer<303, undefined>;

/** What the code may return: a stream, the view by its output schema, or one of the declared answers. */
type ResultOf<C extends Contract> = C['live'] extends true ? Promise<Events> : ResultOnce<C>;

type ResultOnce<C extends Contract> = C['answers'] extends object
  ? Promise<AnswerOf<C['answers']>>
  : C['output'] extends z.ZodType
    ? C['parts'] extends readonly string[]
      ? Composed<z.input<C['output']>>
      : Composed<z.input<C['output']>> | Promise<z.input<C['output']>>
    : never;

/** One thing that we offer: its contract and its code. */
export interface Operation<C extends Contract = Contract> {
  readonly kind: 'operation';
  readonly contract: C;
  readonly route: Route;
  readonly code: (input: never, tools: never) => unknown;
}

/** Whether an operation is a read: it has a view, and so can be watched; never one behind an operator guard. */
export function isRead({ contract: { output, answers, guard }, route: { method } }: Operation): boolean {
  return method === 'GET' && guard === undefined && (output !== undefined || answers?.[200] !== undefined);
}

/** Joins a contract and its code. Nothing runs until a host starts. */
export function operation<const C extends Contract>(
  contract: C,
  code: (input: InputOf<C>, tools: ToolsOf<C>) => ResultOf<C>,
): Operation<C> {
  return { kind: 'operation', contract, route: parseRoute(contract.route), code: code as Operation['code'] };
}
