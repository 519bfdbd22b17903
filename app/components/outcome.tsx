import type { ReactNode } from 'react';
import type { FormOutcome } from '#kernel/http/forms/form-outcome.ts';

interface Props {
  readonly outcome: FormOutcome | undefined;
  /** What is said where it was done. */
  readonly done?: ReactNode;
  /** What is said of a problem, by its code, where its own words are not for customers. */
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

/** What became of the form that was sent last, in a word. */
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

/** What is wrong with one field of the form that was sent last. */
export const wrongIn = (outcome: FormOutcome | undefined, name: string): string | undefined =>
  outcome?.problem?.errors.find(({ path }) => path === name)?.message;
