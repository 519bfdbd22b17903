import { isCallError } from '#kernel/base/call-error.ts';
import { type FieldError, refuse } from '#kernel/contract/problem.ts';

type Words = Readonly<Record<number, readonly [slug: string, detail: string, ...errors: FieldError[]]>>;

const BY_STATUS: Words = {
  404: ['not-found', 'There is nothing at this address.'],
  412: ['precondition-failed', 'It has changed since the version that you named.'],
  428: ['precondition-required', 'Send the ETag that you read as If-Match.'],
};

/**
 * An upstream's refusal of the user's own write is passed on, in the caller's words if it has some; anything else is
 * the upstream's failure.
 */
export async function orRefuse<T>(writing: Promise<T>, words: Words = {}): Promise<T> {
  try {
    return await writing;
  } catch (thrown) {
    const status = isCallError(thrown) ? thrown.status : undefined;
    const refusal = status === undefined ? undefined : (words[status] ?? BY_STATUS[status]);
    if (refusal) refuse(...refusal);
    throw thrown;
  }
}
