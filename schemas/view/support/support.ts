import { z } from 'zod';
import { openWord } from '#schemas/view/open-word.ts';

/** One message; `state` is that of a customer's own. */
export const MessageView = z
  .object({
    id: z.string(),
    from: openWord('customer', 'agent'),
    text: z.string(),
    at: z.iso.datetime(),
    state: openWord('sent', 'delivered'),
  })
  .meta({ id: 'SupportMessage' });
export type MessageView = z.infer<typeof MessageView>;

/** The latest messages, oldest first; `typing` while an agent is writing, `customerTyping` while the customer is, anywhere. */
export const MessagesView = z
  .object({ items: z.array(MessageView), typing: z.boolean(), customerTyping: z.boolean() })
  .meta({ id: 'SupportMessages' });

export const MessageDraft = z
  .strictObject({ text: z.string().trim().min(1).max(2_000) })
  .meta({ id: 'SupportMessageDraft' });
