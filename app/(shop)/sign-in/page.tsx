import type { Metadata } from 'next';
import { flat, type Query } from '#app/query.ts';
import { LocalPath } from '#schemas/view/local-path.ts';

interface Props {
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'Sign in' };

/** Shown after a sign-out, or when a session ended while a form was filled in. */
export default async function SignInPage({ searchParams }: Props) {
  const { return: wished, out } = flat(await searchParams);
  const back = LocalPath.safeParse(wished).data ?? '/account';
  return (
    <div className="empty">
      <h1>{out ? 'You are signed out' : 'Please sign in'}</h1>
      <p className="soft">
        {out
          ? 'Your cart and your orders wait for you.'
          : wished
            ? 'You were signed out meanwhile, so what you sent was not done. Sign in, and send it again.'
            : 'Signing in shows your orders and addresses, and lets you order.'}
      </p>
      {out && (
        <p className="soft">
          Where you have signed in, you may be known still. <a href="/api/auth/provider-logout">Sign out there too</a>,
          above all if others use this device.
        </p>
      )}
      <p className="row">
        <a className="button" href={`/api/auth/login?${new URLSearchParams({ return: back })}`}>
          Sign in
        </a>
        <a href="/">To the shop</a>
      </p>
    </div>
  );
}
