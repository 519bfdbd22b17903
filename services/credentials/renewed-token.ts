import type { CallError } from '#kernel/base/call-error.ts';

/** A token renews when so much of its life has passed, less up to a tenth of it, so that processes do so apart. */
const RENEW_AT = 0.8;
const JITTER = 0.1;
/** A token is not used in the last tenth of its life, ten seconds at most: it has to reach its upstream alive. */
const MARGIN = 0.1;
const MAX_MARGIN = 10_000;
/** The life of a token whose issuer says nothing of it. Milliseconds, as is all here. */
const UNTOLD_LIFE = 300_000;
/** A token that is refused is renewed early, but not more often than this. */
const FORCED_AT_MOST_EVERY = 10_000;
/** The pause after a failure doubles. */
const FIRST_REST = 1_000;
const MAX_REST = 10_000;

/** What a token endpoint gave; `life` is undefined where it did not say. */
export interface Issued {
  readonly token: string;
  readonly life: number | undefined;
}

/** A token, and how it is renewed. Moments are monotonic. State without closures, so that bundles can share it. */
export interface TokenState {
  held: { readonly token: string; readonly dueAt: number; readonly endsAt: number } | undefined;
  flight: Promise<string> | undefined;
  forcedAt: number;
  failures: number;
  failure: CallError | undefined;
  restUntil: number;
}

export const createTokenState = (): TokenState => ({
  held: undefined,
  flight: undefined,
  forcedAt: Number.NEGATIVE_INFINITY,
  failures: 0,
  failure: undefined,
  restUntil: 0,
});

/** How a token is had, and the time and chance by which it is renewed. */
interface Renewal {
  /** Throws CallErrors. */
  readonly obtain: () => Promise<Issued>;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * The token as it is now. One that is due is renewed once, however many ask, and used meanwhile; one that has ended is
 * waited for. After a failure there is a pause. Called with a `refused` token, gives another one, or the same where none
 * is to be had yet. Throws CallErrors.
 */
export function currentToken(state: TokenState, renewal: Renewal, refused?: string): Promise<string> {
  const now = renewal.now();
  const { held, flight, failure } = state;
  if (held !== undefined && held.token === refused) {
    if (flight) return flight;
    if (now < state.forcedAt + FORCED_AT_MOST_EVERY) return Promise.resolve(refused);
    state.forcedAt = now;
    return renew(state, renewal);
  }
  const rests = now < state.restUntil;
  if (held !== undefined && now < held.endsAt) {
    // Its failure is told where the token is needed.
    if (now >= held.dueAt && !flight && !rests) renew(state, renewal).catch(() => undefined);
    return Promise.resolve(held.token);
  }
  if (flight) return flight;
  return rests && failure ? Promise.reject(failure) : renew(state, renewal);
}

function renew(state: TokenState, renewal: Renewal): Promise<string> {
  const flight = obtain(state, renewal).finally(() => {
    state.flight = undefined;
  });
  state.flight = flight;
  return flight;
}

async function obtain(state: TokenState, { obtain, now, random }: Renewal): Promise<string> {
  // Its life begins at the issuer, before its answer is here.
  const began = now();
  try {
    const { token, life = UNTOLD_LIFE } = await obtain();
    state.held = {
      token,
      dueAt: began + life * (RENEW_AT - JITTER * random()),
      endsAt: began + life - Math.min(MAX_MARGIN, life * MARGIN),
    };
    Object.assign(state, { failures: 0, failure: undefined, restUntil: 0 });
    return token;
  } catch (thrown) {
    const rest = Math.min(MAX_REST, FIRST_REST * 2 ** state.failures++) * (1 - random() / 2);
    state.failure = thrown as CallError;
    state.restUntil = now() + rest;
    throw thrown;
  }
}
