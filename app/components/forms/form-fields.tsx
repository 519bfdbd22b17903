import { csrfToken } from '#app/adapter.ts';

interface Props {
  /** Done once under this key, however often it is sent. */
  readonly once?: string;
  /** The ETag of what it changes. */
  readonly match?: string | undefined;
  /** The page after success: `{id}` in it is the answer's. */
  readonly then?: string | undefined;
}

/** The hidden fields of a form. */
export async function FormFields({ once, match, then }: Props) {
  const csrf = await csrfToken();
  return (
    <>
      {csrf && <input type="hidden" name="_csrf" value={csrf} />}
      {once && <input type="hidden" name="_key" value={once} />}
      {match && <input type="hidden" name="_match" value={match} />}
      {then && <input type="hidden" name="_then" value={then} />}
    </>
  );
}
