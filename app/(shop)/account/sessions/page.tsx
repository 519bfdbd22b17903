import type { Metadata } from 'next';
import { formOutcome, read } from '#app/adapter.ts';
import { FormFields } from '#app/components/forms/form-fields.tsx';
import { Outcome } from '#app/components/forms/outcome.tsx';
import { moment } from '#app/dates.ts';
import { guarded } from '#app/guarded.tsx';
import { flat, type Query } from '#app/query.ts';
import { endOneSession, endOtherSessions, listSessions } from '#operations/account/sessions.ts';
import { AccountFrame } from '../frame.tsx';
import { browserOf } from './browser-of.ts';

interface Props {
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'Where you are signed in' };

export default function SessionsPage(props: Props) {
  return guarded(() => sessionsPage(props));
}

async function sessionsPage({ searchParams }: Props) {
  const { form, scenario } = flat(await searchParams);
  const { items } = await read(listSessions, { scenario });
  const [ended, endedOthers] = await Promise.all([
    formOutcome(endOneSession, form),
    formOutcome(endOtherSessions, form),
  ]);
  return (
    <AccountFrame title="Where you are signed in" current="/account/sessions">
      <Outcome outcome={ended} done="That browser is signed out." />
      <Outcome outcome={endedOthers} done="You are signed out everywhere else." />
      <ul className="rows">
        {items.map(({ id, current, agent, openedAt, seenAt }) => (
          <li key={id} className="session">
            <strong>
              {browserOf(agent)}
              {current && <span className="state">This one</span>}
            </strong>
            <span className="soft small">
              Since <time dateTime={openedAt}>{moment(openedAt)}</time>, last seen{' '}
              <time dateTime={seenAt}>{moment(seenAt)}</time>
            </span>
            {!current && (
              <form method="post" action={`/api/auth/sessions/${id}?_method=DELETE`}>
                <FormFields />
                <button className="quiet" type="submit">
                  Sign out there
                  <span className="visually-hidden">{`: ${browserOf(agent)} since ${moment(openedAt)}`}</span>
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
      {items.length > 1 ? (
        <form method="post" action="/api/auth/sessions?_method=DELETE">
          <FormFields />
          <button className="button" type="submit">
            Sign out everywhere else
          </button>
        </form>
      ) : (
        <p className="soft">You are signed in nowhere else.</p>
      )}
    </AccountFrame>
  );
}
