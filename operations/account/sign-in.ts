import { z } from 'zod';
import { userScope } from '#kernel/base/scope.ts';
import { privateTag } from '#kernel/cache/tags.ts';
import { clearCookie, seeOther, sendTo, setCookie } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { endGuest } from '#kernel/identity/guest.ts';
import { privateId } from '#kernel/identity/principal.ts';
import { endSession, MAX_LIFETIME, openSession } from '#kernel/identity/session.ts';
import { purging } from '#kernel/upstream/calls/call.ts';
import { CallbackInput, LoginInput } from '#schemas/view/account/session.ts';
import { cart } from '#services/cart.ts';
import { identity } from '#services/identity/identity.ts';
import { LOGIN_LIFE, openLogin, sealLogin, spendLogin } from '#services/identity/login.ts';
import type { Transaction } from '#services/identity/provider.ts';
import { upstreamName } from '#services/identity/upstream-name.ts';
import { tags } from '#services/tags.ts';

const LOGIN_COOKIES = 'login-*';
/** Logins that one browser may have under way, a tab each; the oldest is given up for another. */
const MAX_LOGINS = 5;
const LOST = 'Start the login again in this browser.';
const ANSWERED = CallbackInput.keyof().options;
const MAX_AGENT_LENGTH = 200;
const DEADLINE = 5_000;

export const startLogin = operation(
  {
    id: 'startLogin',
    route: 'GET /api/auth/login',
    summary: 'Sends a browser to the identity provider, and back to a page of ours',
    audience: 'public',
    input: LoginInput,
    example: { return: '/account' },
    cookies: [LOGIN_COOKIES],
    answers: { 303: undefined },
    navigation: true,
    limit: 'logins',
    deadline: DEADLINE,
  },
  async ({ return: returnTo }, { cookies }) => {
    const { provider, sessions } = identity();
    const { url, transaction } = await provider.begin(returnTo);
    // Browsers send the oldest first (RFC 6265 §5.4).
    const tooMany = Object.keys(cookies).slice(0, 1 - MAX_LOGINS);
    return sendTo(url).with(
      setCookie(loginCookie(transaction.state), sealLogin(sessions, transaction), LOGIN_LIFE / 1_000),
      ...tooMany.map(clearCookie),
    );
  },
);

export const finishLogin = operation(
  {
    id: 'finishLogin',
    route: 'GET /api/auth/callback',
    summary: 'Takes a browser back from the identity provider and opens its session',
    audience: 'either',
    guests: 'known',
    input: CallbackInput,
    example: { code: 'a-code', state: 'a-state' },
    headers: ['user-agent'],
    cookies: [LOGIN_COOKIES],
    answers: { 303: undefined },
    navigation: true,
    problems: {
      'login-lost': {
        status: 400,
        title: 'This login is not known any more',
        meaning: 'It was started in another browser, took longer than ten minutes, or was finished already.',
        whatToDo: 'Sign in again.',
        forOperators:
          'Where everybody loses logins, PUBLIC_URL is not the address in the browser, or STATE_KEYS differ between processes.',
      },
      'login-refused': {
        status: 401,
        title: 'The login was refused',
        meaning: 'What came back from the identity provider is not the answer to what we asked.',
        whatToDo: 'Sign in again; nothing of the answer was used.',
        forOperators:
          'Look at the clock, the client id and the issuer: something between the provider and us does not fit.',
      },
    },
    limit: 'logins',
    deadline: DEADLINE,
  },
  async (input, { need, principal, cookies, headers }) => {
    const { provider, sessions, publicUrl } = identity();
    const cookie = loginCookie(input.state ?? '');
    const sealed = cookies[cookie];
    const transaction = sealed === undefined ? undefined : openLogin<Transaction>(sessions, sealed);
    // Whatever comes is of this login, a failure too: another site could otherwise end it.
    if (transaction === undefined || transaction.state !== input.state) refuse('login-lost', LOST);
    if (input.error !== undefined) return seeOther(transaction.returnTo).with(clearCookie(cookie));
    if (!(await spendLogin(sessions, transaction.state))) refuse('login-lost', LOST);

    const callback = new URL('/api/auth/callback', publicUrl);
    for (const name of ANSWERED) {
      const value = input[name];
      if (value !== undefined) callback.searchParams.set(name, value);
    }
    const who = await provider.complete(callback, transaction).catch((failure: unknown) => {
      if (isDenied(failure)) refuse('login-refused', 'The provider’s answer did not fit this login.');
      throw failure;
    });
    // Always a new id: one that was there before the login could have been planted (OWASP ASVS 7.2.4).
    if (principal.kind === 'session' && principal.session) await endSession(sessions, principal.session);
    const agent = (headers['user-agent'] ?? '').slice(0, MAX_AGENT_LENGTH);
    const guest = principal.kind === 'guest' ? principal.session : undefined;
    const session = await openSession(sessions, { ...who, agent, guest });
    if (principal.kind === 'guest') {
      // The first read of the cart retries the takeover: a cart service that is away must not prevent a sign-in.
      const customer = upstreamName(who.issuer, who.subject, true);
      const merge = cart.merge(customer, privateId('guest', principal));
      // The request is still the guest's: what the customer has open elsewhere is old now, too.
      const ofCustomer = privateTag(userScope(who.issuer, who.subject), tags.cart);
      await need(purging(merge, ofCustomer)).catch(() => undefined);
      await endGuest(sessions, principal);
    }
    return seeOther(transaction.returnTo).with(
      setCookie(SESSION_COOKIE, session, MAX_LIFETIME / 1_000),
      clearCookie(cookie),
    );
  },
);

/** Each login has a cookie of its own, so that tabs can sign in side by side. */
function loginCookie(state: string): string {
  return `login-${state.slice(0, 8)}`;
}

const Denied = z.object({ reason: z.literal('denied') });
const isDenied = (failure: unknown) => Denied.safeParse(failure).success;
