import { randomUUID } from 'node:crypto';
import type { FormOutcome } from '#kernel/http/forms/form-outcome.ts';

/**
 * The key under which a form is sent next: after a problem the same one, so that nothing is done twice; a new one if
 * the form was changed since the key was used.
 */
export function keyAfter(outcome: FormOutcome | undefined): string {
  const { key, problem } = outcome ?? {};
  return problem && key !== undefined && problem.code !== 'idempotency-key-reused' ? key : randomUUID();
}
