import { z } from 'zod';
import { EpochMilliseconds } from './instant.ts';

/** One message of a customer's conversation with the support. Times are in epoch milliseconds. */
export const SupportMessage = z.object({
  message_id: z.string().min(1),
  author: z.enum(['customer', 'agent']),
  body: z.string(),
  sent_at: EpochMilliseconds,
  /** Whether the other side has it. */
  delivered: z.boolean(),
});
export type SupportMessage = z.infer<typeof SupportMessage>;

/** The latest messages, oldest first, and whether an agent is writing, or the customer in some window. */
export const SupportConversation = z.object({
  messages: z.array(SupportMessage),
  agent_typing: z.boolean(),
  customer_typing: z.boolean(),
});
export type SupportConversation = z.infer<typeof SupportConversation>;

/** A message as it is sent; the same `client_id` again is the same message. */
export const SupportMessageDraft = z.object({
  body: z.string().min(1).max(2_000),
  client_id: z.string().min(1).max(255),
});
export type SupportMessageDraft = z.infer<typeof SupportMessageDraft>;
