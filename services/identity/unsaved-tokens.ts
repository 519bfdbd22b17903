import { processSingleton } from '#kernel/base/registry.ts';
import { TransientMap } from '#kernel/base/transient-map.ts';
import type { Tokens } from '#kernel/identity/session.ts';
import { isStateError } from '#kernel/state/state.ts';

const [FIRST_PAUSE, MAX_PAUSE] = [100, 1_000];
/** With so many writes left nothing is renewed: what the store does not take is kept in memory. */
const MAX_LEFT = 1_000;

/** Renewed tokens that the store has yet to take, by the hash of their session. Those that they replace are spent. */
const unsaved = () => processSingleton('unsaved tokens', () => new TransientMap<string, Tokens>());
/** Writes that are tried again and again. */
const left = () => processSingleton('writes left by renewals', () => new Set<{ done?: Promise<void> }>());

export const unsavedTokens = (hash: string): Tokens | undefined => unsaved().get(hash);

export const hasRoomForUnsaved = (): boolean => left().size < MAX_LEFT;

/**
 * Does a write, once for the caller; if the store fails, in the background until it is done. Until then this process
 * answers with the tokens that it is about, if there are any.
 */
export async function writeAnyway(hash: string, tokens: Tokens | undefined, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (thrown) {
    if (!isStateError(thrown)) throw thrown;
    if (!hasRoomForUnsaved() && tokens === undefined) return;
    if (tokens !== undefined) unsaved().set(hash, tokens);
    const one: { done?: Promise<void> } = {};
    left().add(one);
    one.done = again(one, write).finally(() => {
      left().delete(one);
      if (tokens !== undefined) unsaved().delete(hash, tokens);
    });
  }
}

async function again(one: object, write: () => Promise<void>): Promise<void> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(MAX_PAUSE, 2 * pause)) {
    await sleep(pause * (0.5 + Math.random() / 2));
    if (!left().has(one)) return;
    try {
      return await write();
    } catch {
      // The store fails still.
    }
  }
}

/** Resolves once nothing is left to write. */
export async function allWritten(): Promise<void> {
  await Promise.all([...left()].map(({ done }) => done));
}

const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
