import { cache } from '#kernel/cache/policy.ts';
import { purgingPrivate } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { NOTHING, upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { SupportConversation, SupportMessage, type SupportMessageDraft } from '#schemas/upstream/support.ts';
import { tags } from './tags.ts';

const http = upstream('support', { timeout: 1_000, attempts: 2, parallel: 64 }).asUser;

export const support = {
  conversation: () => http.get(path`conversation`, SupportConversation, cache.none.tagged(tags.messages)),
  /** Sent once for a `client_id`, however often it is sent. */
  send: (draft: SupportMessageDraft) =>
    purgingPrivate(http.post(path`conversation/messages`, draft, SupportMessage), tags.messages),
  /** The customer is writing; it lapses by itself. */
  typing: () => purgingPrivate(http.put(path`conversation/typing`, {}, NOTHING), tags.messages),
};
