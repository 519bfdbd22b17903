import type { Metadata } from 'next';
import { notFound, redirect } from 'next/navigation';
import { flat, type Query } from '#app/query.ts';
import { LocalPath } from '#schemas/view/local-path.ts';
import { access } from '../panels/allowed.ts';

export const metadata: Metadata = { title: 'Sign in · Inspector', robots: 'noindex' };

interface Props {
  readonly searchParams: Promise<Query>;
}

/** Where the inspector's token is asked for. */
export default async function InspectorSignIn({ searchParams }: Props) {
  const { return: wished, refused } = flat(await searchParams);
  const back = LocalPath.safeParse(wished).data ?? '/inspector';
  const found = await access();
  if (found === 'absent') notFound();
  if (found === 'open') redirect(back);
  return (
    <form className="form inspector-door" method="post" action="/inspector/sign-in/enter">
      <h1>The inspector is locked</h1>
      <p className="soft">Its token is what INSPECTOR_TOKEN says where this server runs.</p>
      <input type="hidden" name="return" value={back} />
      <div className="field">
        <label htmlFor="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autoComplete="current-password"
          maxLength={256}
          required
          aria-invalid={refused ? true : undefined}
          aria-describedby={refused ? 'refused' : undefined}
        />
        {refused && (
          <p className="wrong small" id="refused" role="alert">
            That is not it.
          </p>
        )}
      </div>
      <button className="button" type="submit">
        Open
      </button>
    </form>
  );
}
