import { hashOf, type Sessions } from '#kernel/identity/session.ts';

/** Milliseconds that a login may take; the cookie that leads back to it lives as long. */
export const LOGIN_LIFE = 600_000;
const SEAL_CONTEXT = 'login';

/**
 * Seals what a login is checked against when it comes back. It is stored in the browser: a login that is only begun
 * costs us nothing.
 */
export function sealLogin({ seal, now }: Sessions, transaction: object): string {
  return seal.seal(JSON.stringify({ transaction, until: now() + LOGIN_LIFE }), SEAL_CONTEXT);
}

/** What was sealed, while the login may still come back; undefined for anything else. */
export function openLogin<T>({ seal, now }: Sessions, sealed: string): T | undefined {
  const text = seal.open(sealed, SEAL_CONTEXT);
  if (text === undefined) return undefined;
  const { transaction, until } = JSON.parse(text) as { transaction: T; until: number };
  return now() < until ? transaction : undefined;
}

/** Whether a login, by its `state`, comes back for the first time: of all requests that bring it, one is let in. */
export async function spendLogin({ state: store }: Sessions, state: string): Promise<boolean> {
  return (await store.claim(`login:${hashOf(state)}`, 'spent', { ttl: LOGIN_LIFE })) === undefined;
}
