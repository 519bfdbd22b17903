import { z } from 'zod';
import { created, done, events, publish } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import type { SupportMessage } from '#schemas/upstream/support.ts';
import { MessageDraft, MessagesView, MessageView } from '#schemas/view/support/support.ts';
import { support } from '#services/support.ts';
import { topics } from '#services/topics.ts';

const common = { audience: 'personal', input: z.object({}), example: {}, deadline: 2_500 } as const;

export const getMessages = operation(
  {
    ...common,
    id: 'getMessages',
    route: 'GET /api/support/messages',
    summary: 'The latest of the conversation with the support; watched, it is the chat',
    output: MessagesView,
  },
  (_, { all }) =>
    all({ conversation: required(support.conversation()) }, ({ conversation }) => ({
      items: conversation.messages.map(toMessage),
      typing: conversation.agent_typing,
      customerTyping: conversation.customer_typing,
    })),
);

export const sendMessage = operation(
  {
    ...common,
    id: 'sendMessage',
    route: 'POST /api/support/messages',
    summary: 'Says something to the support, once for its Idempotency-Key',
    form: true,
    // In a form a character may have nine bytes.
    body: { kind: 'json', schema: MessageDraft, limit: 20_000 },
    writes: { key: 'required' },
    answers: { 201: MessageView },
  },
  async (_, { need, body: { text }, key }) => {
    const message = toMessage(await need(support.send({ body: text, client_id: key })));
    const published = publish(topics.chat, 'message', { id: message.id });
    return created(message, { at: '/api/support/messages' }).with(published);
  },
);

export const announceTyping = operation(
  {
    ...common,
    id: 'tellTyping',
    route: 'PUT /api/support/typing',
    summary: 'The customer is writing: holds for a few seconds, so it is to be said again every three',
    answers: { 204: undefined },
    // It comes with the keys that are pressed, and takes no message its place.
    limit: 'reads',
  },
  async (_, { need }) => {
    await need(support.typing());
    return done();
  },
);

export const getSupportStream = operation(
  {
    ...common,
    id: 'getSupportStream',
    route: 'GET /api/support/stream',
    summary: 'The conversation as it goes on: snapshots of it, and an event for each message',
    live: true,
  },
  async () => events({ topics: [topics.chat], watch: ['/api/support/messages'] }),
);

function toMessage({ message_id: id, author: from, body: text, sent_at, delivered }: SupportMessage): MessageView {
  return { id, from, text, at: new Date(sent_at).toISOString(), state: delivered ? 'delivered' : 'sent' };
}
