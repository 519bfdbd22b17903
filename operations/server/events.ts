import { events } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import type { Topic } from '#kernel/contract/topic.ts';
import { EventsInput } from '#schemas/view/server/events.ts';
import { topics as known } from '#services/topics.ts';

/** The one stream of a tab. See docs/live.md for what comes over it. */
export const getEvents = operation(
  {
    id: 'getEvents',
    route: 'GET /api/events',
    summary: 'What happens, and how watched answers change, as one stream of events',
    audience: 'either',
    input: EventsInput,
    example: { topics: 'catalog', watch: '/api/products/p-000042' },
    live: true,
    deadline: 3_000,
  },
  async ({ topics, watch }) => events({ topics: topics.map(topicOf), watch }),
);

function topicOf(name: string): Topic {
  const topic = Object.values(known).find((one) => one.name === name);
  if (topic) return topic;
  refuse('invalid-request', 'There is no such topic.', {
    in: 'query',
    path: 'topics',
    message: `has no topic "${name.slice(0, 32)}"; there are ${Object.keys(known).join(', ')}`,
    code: 'unknown',
  });
}
