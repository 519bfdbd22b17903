import { type Topic, topic } from '#kernel/contract/topic.ts';

/** What events are published under. One place, so that publishers and subscribers name the same. */
export const topics = {
  catalog: topic('catalog', 'public'),
  promotions: topic('promotions', 'public'),
  orders: topic('orders', 'personal'),
  notifications: topic('notifications', 'personal'),
  chat: topic('chat', 'personal'),
} as const satisfies Record<string, Topic>;
