import { hash } from 'node:crypto';
import type { Scope } from '#kernel/base/scope.ts';
import { type Authenticated, scopeOf } from '#kernel/identity/principal.ts';
import { identity } from './identity.ts';

/** Milliseconds for which a pseudonym can be resolved: payments are refunded for months. */
const OWNER_TTL = 180 * 86_400_000;

/** A pseudonym of an owner, for a third party to store and give back: the same each time, and unreadable. */
export async function ownerRef(principal: Authenticated): Promise<string> {
  const scope = scopeOf(principal);
  const reference = hash('sha256', scope, 'base64url');
  const { state, seal } = identity().sessions;
  const key = keyOf(reference);
  await state.set(key, seal.seal(scope, key), { ttl: OWNER_TTL });
  return reference;
}

/** The owner of a pseudonym; undefined if it is not one of ours. */
export async function ownerOf(reference: string): Promise<Scope | undefined> {
  const { state, seal } = identity().sessions;
  const key = keyOf(reference);
  const stored = await state.get(key);
  return stored && (seal.open(stored.value, key) as Scope | undefined);
}

const keyOf = (reference: string) => `owner:${reference}`;
