import { randomBytes } from 'node:crypto';
import type { FieldError } from '#kernel/contract/problem.ts';
import { hashOf, type Sessions } from '#kernel/identity/session.ts';

const ID_BYTES = 18;
/** Milliseconds for which a page can read the outcome of its form. */
const LIFE = 300_000;

/**
 * The outcome of a form, for the page that it came from: after a problem the typed values are there to be corrected.
 */
export interface FormOutcome {
  /** The id of the operation that it was sent to. */
  readonly operation: string;
  readonly values: Readonly<Record<string, string>>;
  /** The key under which it was sent. */
  readonly key: string | undefined;
  readonly problem: FormProblem | undefined;
}

interface FormProblem {
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[];
}

/**
 * Stores it for the browser with this session id, or without one; resolves with the id under which it can be read,
 * once. `owner` is the form's sender.
 */
export async function storeFormOutcome(
  { state, seal }: Sessions,
  sessionId: string | undefined,
  outcome: FormOutcome,
  owner: string,
): Promise<string> {
  const id = randomBytes(ID_BYTES).toString('base64url');
  const key = keyOf(id, sessionId);
  await state.set(key, seal.seal(JSON.stringify(outcome), key), { ttl: LIFE, owner });
  return id;
}

/** What was stored under an id for this browser; the first time only. */
export async function takeFormOutcome(
  { state, seal }: Sessions,
  sessionId: string | undefined,
  id: string,
): Promise<FormOutcome | undefined> {
  const key = keyOf(id, sessionId);
  const stored = await state.get(key);
  if (stored === undefined || !(await state.remove(key, stored.version))) return undefined;
  const text = seal.open(stored.value, key);
  return text === undefined ? undefined : (JSON.parse(text) as FormOutcome);
}

const keyOf = (id: string, sessionId: string | undefined) => `form:${hashOf(id)}:${sessionId ? hashOf(sessionId) : ''}`;
