import { purgeStep } from '#kernel/cache/purge-log.ts';
import { endSessionsOf } from '#kernel/identity/session.ts';
import type { Delivery } from '#kernel/state/inbox.ts';
import type { Step } from '#kernel/state/state.ts';
import { identity } from '../identity/identity.ts';

/** The entries of a topic that are kept for who comes back. */
const MESSAGES_KEPT = 1_000;

/** Something that those who look at a topic are told. */
export interface Message {
  readonly topic: string;
  readonly event: string;
  readonly data: Readonly<Record<string, string | number>>;
}

/** What a webhook changes here, as data. */
export interface Effects {
  /** The tags under which cached values are old now. */
  readonly purge?: readonly string[];
  readonly publish?: readonly Message[];
  /** Whose sessions here end: one at the issuer, or all of a subject's. */
  readonly revoke?: readonly ({ readonly sid: string } | { readonly subject: string })[];
}

/** Effects as steps that happen with the end of their delivery, once. A message's id tells copies apart for ever. */
export function stepsOf({ purge = [], publish = [] }: Effects, { sender, id }: Delivery): Step[] {
  const purged = purge.length === 0 ? [] : [purgeStep(purge)];
  const messages = publish.map(
    ({ topic, ...message }, index): Step => ({
      do: 'append',
      stream: `events:${topic}`,
      value: JSON.stringify({ id: `${sender}:${id}:${index}`, ...message }),
      keep: MESSAGES_KEPT,
    }),
  );
  return [...purged, ...messages];
}

/** Ends sessions. Ending one again changes nothing, so it needs no step. */
export async function revoke({ revoke: whom = [] }: Effects): Promise<void> {
  if (whom.length === 0) return;
  const { sessions, issuer } = identity();
  for (const who of whom) await endSessionsOf(sessions, issuer, who);
}
