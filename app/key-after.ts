import { randomUUID } from 'node:crypto';
import type { FormOutcome } from '#kernel/http/forms/form-outcome.ts';

/**
 * The key under which a form is sent next: the same one after a problem, so that what may have happened is not done
 * twice, and a new one where that belongs to what was sent before it was changed.
 */
export function keyAfter(outcome: FormOutcome | undefined): string {
  const { key, problem } = outcome ?? {};
  return problem && key !== undefined && problem.code !== 'idempotency-key-reused' ? key : randomUUID();
}
