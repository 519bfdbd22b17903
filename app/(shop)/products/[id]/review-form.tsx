import { csrfToken, formOutcome, read } from '#app/adapter.ts';
import { Field } from '#app/components/forms/field.tsx';
import { keyAfter } from '#app/key-after.ts';
import { getSession } from '#operations/account/sessions.ts';
import { createReview } from '#operations/catalog/reviews.ts';

interface Props {
  readonly id: string;
  /** The id of the outcome of a form that this page has sent. */
  readonly form: string | undefined;
}

/** Where a customer writes what they think; a plain form, so that it works without any script. */
export async function ReviewForm({ id, form }: Props) {
  const { signedIn } = await read(getSession, {});
  const outcome = await formOutcome(createReview, form);
  const problem = outcome?.problem;
  const values = outcome?.values ?? {};
  const wrong = (name: string) => problem?.errors.find(({ path }) => path === name)?.message;
  if (!signedIn) {
    const login = `/api/auth/login?return=${encodeURIComponent(`/products/${id}`)}`;
    return (
      <div className="stack" id="write">
        <p className="soft">
          <a href={login}>Sign in</a> to write about it.
        </p>
        {values.text && (
          <Field name="kept" label="You are not signed in any more. This is what you wrote:" wrong={undefined}>
            <textarea id="kept" rows={4} readOnly defaultValue={values.text} />
          </Field>
        )}
      </div>
    );
  }
  return (
    <form
      className="stack form"
      id="write"
      method="post"
      action={`/api/products/${id}/reviews`}
      aria-label="Your review"
    >
      <h3>What do you think of it?</h3>
      {outcome && !problem && (
        <p className="notice good" role="status">
          Thank you. Your review is here.
        </p>
      )}
      {problem && (
        <p className="notice" role="alert">
          {problem.errors.length > 0 ? 'Please look at this again.' : (problem.detail ?? problem.title)}
        </p>
      )}
      <input type="hidden" name="_csrf" value={await csrfToken()} />
      <input type="hidden" name="_key" value={keyAfter(outcome)} />
      <Field name="rating" label="Stars, 1 to 5" wrong={wrong('rating')}>
        <input id="rating" name="rating" type="number" min={1} max={5} required defaultValue={values.rating} />
      </Field>
      <Field name="title" label="In a few words" wrong={wrong('title')}>
        <input id="title" name="title" maxLength={120} required defaultValue={values.title} />
      </Field>
      <Field name="text" label="And in more" wrong={wrong('text')}>
        <textarea id="text" name="text" rows={4} maxLength={4_000} required defaultValue={values.text} />
      </Field>
      <button className="button" type="submit">
        Send
      </button>
    </form>
  );
}
