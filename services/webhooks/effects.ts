import { type Scope, scopeOfPseudonym, userScope } from '#kernel/base/scope.ts';
import type { PurgeOrigin } from '#kernel/cache/purge-entry.ts';
import { purgeStep } from '#kernel/cache/purge-log.ts';
import { privateTag } from '#kernel/cache/tags.ts';
import type { Topic } from '#kernel/contract/topic.ts';
import { endSessionsOf } from '#kernel/identity/session.ts';
import { eventEntry } from '#kernel/realtime/event-entry.ts';
import type { Step } from '#kernel/state/state.ts';
import { identity } from '../identity/identity.ts';

/** An owner: by the subject at the issuer, or by a pseudonym of ours. */
type Owner = { readonly subject: string } | { readonly reference: string };

/** An event for the subscribers of a topic; of a personal topic, for its owner alone. */
interface Message {
  readonly topic: Topic;
  readonly event: string;
  readonly data: Readonly<Record<string, string | number>>;
}

/** What a webhook changes here, as data. */
export interface Effects {
  /** The owner of the rest, if it is private. */
  readonly owner?: Owner;
  /** The tags under which all customers' cached values are old now. */
  readonly purge?: readonly string[];
  /** The tags under which the owner's are. */
  readonly purgePrivate?: readonly string[];
  readonly publish?: readonly Message[];
  /** The sessions that end here: one at the issuer, or all of a subject's. */
  readonly revoke?: readonly ({ readonly sid: string } | { readonly subject: string })[];
}

/**
 * Effects as steps that happen with the end of their delivery, once. An effect without an owner here has no step.
 * `origin` is for the receipt of what is purged.
 */
export function stepsOf(
  { owner, purge = [], purgePrivate = [], publish = [] }: Effects,
  origin?: Omit<PurgeOrigin, 'at'>,
): Step[] {
  const scope = owner && scopeOf(owner);
  const tags = [...purge, ...(scope === undefined ? [] : purgePrivate.map((tag) => privateTag(scope, tag)))];
  const messages = publish.flatMap(({ topic, event, data }): Step[] =>
    topic.audience === 'personal' && scope === undefined
      ? []
      : [{ do: 'append', ...eventEntry(topic, event, data, scope) }],
  );
  return [...(tags.length === 0 ? [] : [purgeStep(tags, undefined, origin)]), ...messages];
}

function scopeOf(owner: Owner): Scope | undefined {
  return 'reference' in owner ? scopeOfPseudonym(owner.reference) : userScope(identity().issuer, owner.subject);
}

/** Ends sessions. Ending one again changes nothing, so it needs no step. */
export async function revoke({ revoke: whom = [] }: Effects): Promise<void> {
  if (whom.length === 0) return;
  const { sessions, issuer } = identity();
  for (const who of whom) await endSessionsOf(sessions, issuer, who);
}
