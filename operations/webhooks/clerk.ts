import { ClerkSessionEvent, ClerkUserEvent } from '#schemas/upstream/clerk.ts';
import { tags } from '#services/tags.ts';
import { on, type Table } from './table.ts';

const user = (ends: boolean) =>
  on(ClerkUserEvent, ({ timestamp, data: { id } }) => ({
    object: { id, version: timestamp },
    purge: [tags.profile(id), tags.addresses],
    publish: [{ topic: `account:${id}`, event: 'profile', data: { version: timestamp } }],
    ...(ends && { revoke: [{ subject: id }] }),
  }));

const sessionEnds = on(ClerkSessionEvent, ({ timestamp, data: { id, user_id: owner } }) => ({
  object: { id, version: timestamp },
  purge: [tags.profile(owner)],
  publish: [{ topic: `account:${owner}`, event: 'session-ended', data: { version: timestamp } }],
  revoke: [{ sid: id }],
}));

/** Clerk as our issuer: its user ids are subjects here, its session ids are `sid`. */
export const clerkEvents: Table = {
  'user.created': user(false),
  'user.updated': user(false),
  'user.deleted': user(true),
  'session.ended': sessionEnds,
  'session.removed': sessionEnds,
  'session.revoked': sessionEnds,
};
