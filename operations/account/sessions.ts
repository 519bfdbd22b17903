import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { clearCookie, done, ok, sendTo } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { endGuest } from '#kernel/identity/guest.ts';
import { scopeOf } from '#kernel/identity/principal.ts';
import {
  endSession,
  endSessionsOf,
  type FoundSession,
  sessionAt,
  sessionsOf,
  tokensOf,
} from '#kernel/identity/session.ts';
import { LogoutView, SessionsView, SessionView } from '#schemas/view/account/session.ts';
import { identity } from '#services/identity/identity.ts';

const DEADLINE = 3_000;
/** Milliseconds that signing out waits for the provider. */
const TIMEOUT_MS = 1_000;
/** A logout token is taken for five minutes after it was made; for longer it is remembered. */
const REPLAY_WINDOW = 600_000;

export const getSession = operation(
  {
    id: 'getSession',
    route: 'GET /api/auth/session',
    summary: 'Whether somebody is signed in, and as whom',
    audience: 'either',
    clearsSession: true,
    input: z.object({}),
    example: {},
    output: SessionView,
    deadline: DEADLINE,
  },
  async (_, { principal }) => {
    if (principal.kind === 'anonymous') return { signedIn: false, by: 'nobody' as const };
    const stored = principal.session && (await sessionAt(identity().sessions, principal.session));
    const { name, refusedAt } = stored ? stored.session : {};
    return {
      signedIn: true,
      by: principal.kind,
      ...(name !== undefined && { name }),
      ...(refusedAt !== undefined && { refused: true }),
    };
  },
);

export const listSessions = operation(
  {
    id: 'listSessions',
    route: 'GET /api/auth/sessions',
    summary: 'The browsers in which this customer is signed in',
    audience: 'personal',
    input: z.object({}),
    example: {},
    output: SessionsView,
    deadline: DEADLINE,
  },
  async (_, { principal }) => {
    const all = await sessionsOf(identity().sessions, scopeOf(principal));
    return { items: all.map((one) => toEntry(one, principal.session)) };
  },
);

export const endOneSession = operation(
  {
    id: 'endSession',
    form: true,
    route: 'DELETE /api/auth/sessions/{id}',
    summary: 'Signs this customer out in one browser',
    audience: 'personal',
    input: z.object({ id: z.string().regex(/^[\w-]{43}$/) }),
    example: { id: 'A'.repeat(43) },
    answers: { 204: undefined },
    limit: false,
    deadline: DEADLINE,
  },
  async ({ id }, { principal, defer }) => {
    const { sessions } = identity();
    const session = (await sessionsOf(sessions, scopeOf(principal))).find(({ hash }) => hash === id);
    if (session === undefined) refuse('not-found', 'You have no such session.');
    await close(session, defer);
    return id === principal.session ? done().with(clearCookie(SESSION_COOKIE)) : done();
  },
);

export const endOtherSessions = operation(
  {
    id: 'endOtherSessions',
    form: true,
    route: 'DELETE /api/auth/sessions',
    summary: 'Signs this customer out everywhere else',
    audience: 'personal',
    input: z.object({}),
    example: {},
    answers: { 204: undefined },
    limit: false,
    deadline: DEADLINE,
  },
  async (_, { principal, defer }) => {
    const all = await sessionsOf(identity().sessions, scopeOf(principal));
    const others = all.filter(({ hash }) => hash !== principal.session);
    await Promise.all(others.map((one) => close(one, defer)));
    return done();
  },
);

export const logout = operation(
  {
    id: 'logout',
    form: true,
    route: 'POST /api/auth/logout',
    summary: 'Ends this browser’s session, and says where the provider’s own is ended',
    audience: 'either',
    guests: 'known',
    input: z.object({}),
    example: {},
    answers: { 200: LogoutView },
    limit: false,
    deadline: DEADLINE,
  },
  async (_, { principal, defer }) => {
    const { sessions, provider, publicUrl } = identity();
    if (principal.kind === 'guest') await endGuest(sessions, principal);
    const hash = principal.kind === 'session' ? principal.session : undefined;
    const here = hash === undefined ? undefined : await sessionAt(sessions, hash);
    const home = `${publicUrl}/`;
    if (here === undefined) return ok({ url: home }).with(clearCookie(SESSION_COOKIE));
    await close(here, defer);
    // A provider that is away or slow must not prevent a sign-out here.
    const away = sleep(TIMEOUT_MS, home, { ref: false });
    const url = await Promise.race([provider.endSessionUrl(home).catch(() => home), away]);
    return ok({ url }).with(clearCookie(SESSION_COOKIE));
  },
);

export const leaveProvider = operation(
  {
    id: 'leaveProvider',
    route: 'GET /api/auth/provider-logout',
    summary: 'Sends a browser to the identity provider, which asks whether to end its own session too',
    audience: 'public',
    input: z.object({}),
    example: {},
    answers: { 303: undefined },
    navigation: true,
    deadline: DEADLINE,
  },
  async () => {
    const { provider, publicUrl } = identity();
    // Without an id token it is the provider that asks its user (OpenID Connect RP-Initiated Logout 1.0 §2).
    return sendTo(await provider.endSessionUrl(`${publicUrl}/`));
  },
);

export const backchannelLogout = operation(
  {
    id: 'backchannelLogout',
    route: 'POST /api/auth/backchannel-logout',
    summary: 'The identity provider ends what its session has opened here',
    audience: 'public',
    input: z.object({}),
    example: {},
    body: { kind: 'form', schema: z.object({ logout_token: z.string().max(8_000) }), limit: 10_000 },
    answers: { 204: undefined },
    problems: {
      'logout-token': {
        status: 400,
        title: 'The logout token is not valid',
        meaning: 'It is not of our identity provider, not for us, too old, or was used already.',
        whatToDo: 'Send a new token (OpenID Connect Back-Channel Logout 1.0 §2.4).',
        forOperators:
          'Look at the provider’s signing keys and clock. Where they are right, somebody tries to sign others out.',
      },
    },
    limit: false,
    deadline: DEADLINE,
  },
  async (_, { body }) => {
    const { sessions, logoutOrder } = identity();
    const order = await logoutOrder(body.logout_token);
    const key = `logout:${order?.id}`;
    if (order === undefined || (await sessions.state.get(key))) refuse('logout-token', 'Nobody was signed out.');
    // Recorded after it is done: if the store fails in between, the provider's next try ends the rest.
    await endSessionsOf(sessions, order.issuer, order.who);
    await sessions.state.set(key, 'done', { ttl: REPLAY_WINDOW });
    return done();
  },
);

/** Ends a session here at once, and its refresh token at the provider, as soon as that can be reached. */
async function close(one: FoundSession, defer: (work: Promise<void>) => void): Promise<void> {
  const { sessions, provider } = identity();
  const refresh = tokensOf(sessions, one)?.refresh;
  await endSession(sessions, one.hash);
  if (refresh !== undefined) defer(provider.revoke(refresh).catch(() => undefined));
}

function toEntry({ hash, session }: FoundSession, current: string | undefined) {
  return {
    id: hash,
    current: hash === current,
    agent: session.agent,
    openedAt: new Date(session.openedAt).toISOString(),
    seenAt: new Date(session.seenAt).toISOString(),
  };
}
