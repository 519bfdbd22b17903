import { hash } from 'node:crypto';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import type { Topic } from '#kernel/contract/topic.ts';

/**
 * Where a topic's events run: one channel for everybody, or one for each principal. It is made of who asks, so that no
 * name that a client can send leads to another's. Throws a TypeError where a personal topic is to be nobody's.
 */
export function channelOf({ name, audience }: Topic, scope: Scope): string {
  if (audience === 'public') return name;
  if (scope === PUBLIC) throw new TypeError(`the topic "${name}" is personal: it needs a principal`);
  return `${name} ${hash('sha256', scope, 'base64url')}`;
}
