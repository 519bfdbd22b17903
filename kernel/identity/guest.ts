import { randomBytes } from 'node:crypto';
import { type Guest, guest } from './principal.ts';
import { hashOf, type Sessions } from './session.ts';

const ID_BYTES = 32;
const DAY = 86_400_000;
/** Milliseconds that a guest's session lives, used or not. It has no credential, and a cart waits for weeks. */
export const GUEST_LIFE = 30 * DAY;
/** Tells guests' ids from those of signed-in sessions. */
const PREFIX = 'g.';

/** A guest without a stored session yet. Only the browser gets the id, once there is something to come back for. */
export interface NewGuest {
  readonly guest: Guest;
  readonly id: string;
}

export function newGuest(): NewGuest {
  const id = `${PREFIX}${randomBytes(ID_BYTES).toString('base64url')}`;
  return { guest: guest(hashOf(id)), id };
}

export const isGuestId = (id: string): boolean => id.startsWith(PREFIX);

/** Stores a guest's session; `owner` is the network that it comes from, with its quota (`tables.ts`). */
export async function storeGuest({ state, now }: Sessions, { session }: Guest, owner: string): Promise<void> {
  await state.set(keyOf(session), String(now()), { ttl: GUEST_LIFE, owner });
}

/** The guest of this id, if its session lives. */
export async function findGuest({ state }: Sessions, id: string): Promise<Guest | undefined> {
  const hash = hashOf(id);
  return (await state.get(keyOf(hash))) === undefined ? undefined : guest(hash);
}

export function endGuest({ state }: Sessions, { session }: Guest): Promise<boolean> {
  return state.remove(keyOf(session));
}

const keyOf = (hash: string) => `guest:${hash}`;
