import { HttpResponse, http } from 'msw';
import {
  type SupportMessage as MessageRead,
  type SupportConversation,
  SupportMessageDraft,
} from '#schemas/upstream/support.ts';
import type { SubjectOf } from './bearer.ts';
import { bodyOf, created } from './effects.ts';
import { type Conduct, type FaultInjection, misbehave } from './misbehave.ts';
import { type Receiver, sendEvent } from './sender.ts';

const MAX_SHOWN = 100;
/** Milliseconds until an agent has read a message, and until the answer comes. */
const READS_AFTER = 1_200;
const ANSWERS_AFTER = 3_500;
/** Milliseconds after which a customer's typing counts as over, unless it is announced again. */
const TYPING_LAPSES = 5_000;

/** `seq` rises by one. */
type SupportMessage = MessageRead & { seq: number };

/** Until when the customer counts as typing, unless it is announced again. */
interface Typing {
  readonly until: number;
}

const injection: FaultInjection = {
  error: (status, message) => HttpResponse.json({ fault: { status, message } }, { status }),
  // Times went over to seconds.
  drift: (answer: SupportConversation | SupportMessage | Typing) => {
    if ('messages' in answer)
      return { ...answer, messages: Object.fromEntries(answer.messages.map((one) => [one.message_id, one])) };
    return 'until' in answer ? {} : { ...answer, sent_at: new Date(answer.sent_at).toISOString() };
  },
  empty: (answer: SupportConversation | SupportMessage | Typing) =>
    'messages' in answer ? { ...answer, messages: [] } : answer,
};

interface Conversation {
  readonly messages: SupportMessage[];
  readonly byClientId: Map<string, SupportMessage>;
  typing: boolean;
  /** Until when the customer is writing. */
  customerUntil: number;
  version: number;
}

/** A support whose one agent reads and answers everything, and reports it by webhook. */
export function supportHandlers(conduct: Conduct, subjectOf: SubjectOf, receiver: Receiver | undefined) {
  const conversations = new Map<string, Conversation>();
  const of = (subject: string): Conversation => {
    const existing = conversations.get(subject);
    if (existing) return existing;
    const fresh: Conversation = {
      messages: [],
      byClientId: new Map(),
      typing: false,
      customerUntil: 0,
      version: 0,
    };
    conversations.set(subject, fresh);
    return fresh;
  };
  const notify = (what: 'message.created' | 'conversation.changed', owner: string, conversation: Conversation) => {
    conversation.version = Math.max(conversation.version + 1, Date.now());
    if (receiver === undefined) return;
    const object = { id: `conversation-${owner}`, version: conversation.version, owner };
    void sendEvent(receiver, { type: `support.${what}`, object }).catch(() => undefined);
  };
  const add = (conversation: Conversation, author: SupportMessage['author'], body: string): SupportMessage => {
    const seq = conversation.messages.length + 1;
    const message = { message_id: `m-${seq}`, seq, author, body, sent_at: Date.now(), delivered: author === 'agent' };
    conversation.messages.push(message);
    return message;
  };
  const answer = (owner: string, conversation: Conversation, text: string) => {
    setTimeout(() => {
      for (const message of conversation.messages) message.delivered = true;
      conversation.typing = true;
      notify('conversation.changed', owner, conversation);
    }, READS_AFTER).unref();
    setTimeout(() => {
      conversation.typing = false;
      add(conversation, 'agent', `You said “${text.slice(0, 80)}”. We are looking into it.`);
      notify('message.created', owner, conversation);
    }, ANSWERS_AFTER).unref();
  };
  const writes = (owner: string, conversation: Conversation): Typing => {
    conversation.customerUntil = Date.now() + TYPING_LAPSES;
    setTimeout(() => {
      if (conversation.customerUntil <= Date.now()) notify('conversation.changed', owner, conversation);
    }, TYPING_LAPSES).unref();
    return { until: conversation.customerUntil };
  };

  type Resolver = (subject: string) => object | Response | Promise<object | Response>;
  const handle = (request: Request, resolve: Resolver) =>
    misbehave('support', request, conduct, injection, async () => {
      const subject = await subjectOf(request.headers.get('authorization') ?? undefined);
      return subject === undefined ? injection.error(401, 'no customer by this token') : resolve(subject);
    });

  return [
    http.get('*/support/conversation', ({ request }) =>
      handle(request, (subject) => {
        const { messages, typing, customerUntil } = of(subject);
        const latest = messages.slice(-MAX_SHOWN);
        return { messages: latest, agent_typing: typing, customer_typing: customerUntil > Date.now() };
      }),
    ),
    http.put('*/support/conversation/typing', ({ request }) =>
      handle(request, (subject) => writes(subject, of(subject))),
    ),
    http.post('*/support/conversation/messages', ({ request }) =>
      created(
        handle(request, async (subject) => {
          const draft = SupportMessageDraft.safeParse(await bodyOf(request));
          if (!draft.success)
            return injection.error(422, 'a message has a body of 1 to 2000 characters and a client_id');
          const { body, client_id: id } = draft.data;
          const conversation = of(subject);
          const before = conversation.byClientId.get(id);
          if (before) return before;
          const message = add(conversation, 'customer', body);
          conversation.byClientId.set(id, message);
          conversation.customerUntil = 0;
          answer(subject, conversation, body);
          return message;
        }),
      ),
    ),
  ];
}
