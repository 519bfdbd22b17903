import type { ReactNode } from 'react';
import type { FormOutcome } from '#kernel/http/forms/form-outcome.ts';

interface Props {
  readonly outcome: FormOutcome | undefined;
  /** The outcome of a form, shown beside it. */
  readonly done?: ReactNode;
  /** Words for a problem, by its code, if its own detail is not for customers. */
  readonly words?: Readonly<Record<string, ReactNode>>;
}

const WORDS: Readonly<Record<string, ReactNode>> = {
  'invalid-body': 'Please look at this again: something is missing, or not as it should be.',
  'not-found': 'It is not there any more.',
  forbidden: 'You have signed in or out since this page was made. Please try again.',
  unauthenticated: 'You are not signed in any more.',
  'state-unavailable': 'We can’t look up who you are right now. Please try again in a moment.',
};
const LATER = 'That did not work just now, and nothing was changed. Please try again in a moment.';

/** The outcome of the last form, in a word. */
export function Outcome({ outcome, done, words = {} }: Props) {
  if (outcome === undefined) return null;
  const { problem } = outcome;
  if (problem === undefined) {
    return done ? (
      <p className="notice good" role="status">
        {done}
      </p>
    ) : null;
  }
  return (
    <div className="notice" role="alert">
      {words[problem.code] ?? WORDS[problem.code] ?? LATER}
    </div>
  );
}

/** The error of one field of the form that was sent last. */
export const wrongIn = (outcome: FormOutcome | undefined, name: string): string | undefined =>
  outcome?.problem?.errors.find(({ path }) => path === name)?.message;
