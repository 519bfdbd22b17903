import { randomBytes } from 'node:crypto';
import { hashOf, type Sessions } from './session.ts';

const ID_BYTES = 32;
/** Milliseconds that a login may take; the cookie that leads back to it lives as long. */
export const LOGIN_LIFE = 600_000;

/** Keeps what a login has to be held against when it comes back; resolves with the id that the browser brings then. */
export async function keepLogin({ state, seal }: Sessions, transaction: object): Promise<string> {
  const id = randomBytes(ID_BYTES).toString('base64url');
  const key = keyOf(id);
  await state.set(key, seal.seal(JSON.stringify(transaction), key), { ttl: LOGIN_LIFE });
  return id;
}

/** What was kept under an id, once: whoever comes back with it again finds nothing. */
export async function takeLogin<T>({ state, seal }: Sessions, id: string): Promise<T | undefined> {
  const key = keyOf(id);
  const kept = await state.get(key);
  if (kept === undefined || !(await state.remove(key, kept.version))) return undefined;
  const text = seal.open(kept.value, key);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

const keyOf = (id: string) => `login:${hashOf(id)}`;
