import { randomUUID } from 'node:crypto';
import type { Sessions } from '#kernel/identity/session.ts';

/** The right to spend the refresh token of a session: in all processes together, one renewal has it at a time. */
export interface RenewalLease {
  readonly key: string;
  readonly id: string;
  readonly version: number;
  /** When it ends at the latest. */
  until: number;
}

/** Undefined where another renewal has it. */
export async function claimLease(
  { state, now }: Sessions,
  hash: string,
  ttl: number,
): Promise<RenewalLease | undefined> {
  const [key, id, until] = [`renewal:${hash}`, randomUUID(), now() + ttl];
  const version = (await state.commit([{ do: 'claim', key, value: id, ttl }]))?.get(key);
  return version === undefined ? undefined : { key, id, version, until };
}

/** Makes a lease last so long from now on, once; resolves with false where it has run out. */
export async function prolongLease({ state, now }: Sessions, lease: RenewalLease, ttl: number): Promise<boolean> {
  // Before it is known: a write that fails may have been done.
  lease.until = now() + ttl;
  return (await state.swap(lease.key, lease.version, lease.id, { ttl })) !== undefined;
}

/** Gives a lease up, or holds it for a pause, if it is still ours: a slow process may find another's in its place. */
export async function leaveLease({ state, now }: Sessions, lease: RenewalLease, rest: number): Promise<void> {
  if (now() >= lease.until) return;
  const stored = await state.get(lease.key);
  if (stored?.value !== lease.id) return;
  if (rest > 0) await state.swap(lease.key, stored.version, lease.id, { ttl: rest });
  else await state.remove(lease.key, stored.version);
}
