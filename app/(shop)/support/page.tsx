import type { Metadata } from 'next';
import { AccountFrame } from '#app/(shop)/account/frame.tsx';
import { formOutcome, read } from '#app/adapter.ts';
import { Field } from '#app/components/forms/field.tsx';
import { FormFields } from '#app/components/forms/form-fields.tsx';
import { Outcome, wrongIn } from '#app/components/forms/outcome.tsx';
import { guarded } from '#app/guarded.tsx';
import { keyAfter } from '#app/key-after.ts';
import { flat, type Query } from '#app/query.ts';
import { getMessages, sendMessage } from '#operations/support/support.ts';
import { LiveMessages } from './live.tsx';
import { MessageBox } from './message-box.tsx';
import { Messages } from './messages.tsx';

interface Props {
  readonly searchParams: Promise<Query>;
}

export const metadata: Metadata = { title: 'Support' };

const UNKNOWN = { 'outcome-unknown': 'The support did not answer. Please send it again: it is said once.' };

export default function SupportPage(props: Props) {
  return guarded(() => supportPage(props));
}

async function supportPage({ searchParams }: Props) {
  const { form, scenario } = flat(await searchParams);
  const [view, outcome] = await Promise.all([read(getMessages, { scenario }), formOutcome(sendMessage, form)]);
  return (
    <AccountFrame title="Support" current="/support">
      {view.items.length === 0 && <p className="soft">Ask us anything: somebody reads it at once.</p>}
      <LiveMessages>
        <Messages view={view} />
      </LiveMessages>
      <form className="form" method="post" action="/api/support/messages" aria-label="Your message">
        <Outcome outcome={outcome?.problem && outcome} words={UNKNOWN} />
        <FormFields once={keyAfter(outcome)} then="/support" />
        <Field name="text" label="Your message" wrong={wrongIn(outcome, 'text')}>
          <MessageBox text={outcome?.values.text} />
        </Field>
        <button className="button" type="submit">
          Send
        </button>
      </form>
    </AccountFrame>
  );
}
