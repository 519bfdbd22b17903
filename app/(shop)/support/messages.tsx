import type { z } from 'zod';
import type { MessagesView } from '#schemas/view/support/support.ts';

/** The messages, oldest first. */
export function Messages({ view: { items, typing } }: { readonly view: z.output<typeof MessagesView> }) {
  return (
    <>
      <ol className="messages" aria-label="What was said">
        {items.map(({ id, from, text, at, state }) => (
          <li key={id} data-from={from}>
            <p>{text}</p>
            <p className="soft small">
              {from === 'agent' ? 'Support' : `You, ${state}`} · <time dateTime={at}>{at.slice(11, 16)} UTC</time>
            </p>
          </li>
        ))}
      </ol>
      <p className="soft small" role="status">
        {typing ? 'Somebody is writing …' : ''}
      </p>
    </>
  );
}
