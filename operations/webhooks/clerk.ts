import { ClerkSessionEvent, ClerkUserEvent } from '#schemas/upstream/clerk.ts';
import { tags } from '#services/tags.ts';
import { topics } from '#services/topics.ts';
import { on, type Table } from './table.ts';

/** The object that it is about, and when; an event without a time can't be put in order. */
function objectOf({
  timestamp,
  data,
}: {
  timestamp?: number | undefined;
  data: { id: string; updated_at?: number | undefined };
}) {
  const version = timestamp ?? data.updated_at;
  return version === undefined ? {} : { object: { id: data.id, version } };
}

const user = (ends: boolean) =>
  on(ClerkUserEvent, (event) => {
    const { id } = event.data;
    return {
      ...objectOf(event),
      owner: { subject: id },
      purgePrivate: [tags.customer, tags.addresses],
      publish: [{ topic: topics.notifications, event: 'profile', data: {} }],
      ...(ends && { revoke: [{ subject: id }] }),
    };
  });

const sessionEnds = on(ClerkSessionEvent, (event) => {
  const { id, user_id: owner } = event.data;
  return {
    ...objectOf(event),
    owner: { subject: owner },
    purgePrivate: [tags.customer],
    publish: [{ topic: topics.notifications, event: 'session-ended', data: {} }],
    revoke: [{ sid: id }],
  };
});

/** Clerk as our issuer: its user ids are subjects here, its session ids are `sid`. */
export const clerkEvents: Table = {
  'user.created': user(false),
  'user.updated': user(false),
  'user.deleted': user(true),
  'session.ended': sessionEnds,
  'session.removed': sessionEnds,
  'session.revoked': sessionEnds,
};
