import { first, type Query } from '#app/query.ts';
import type { Operation } from '#kernel/contract/operation.ts';

/** What a form's own fields are called: no input of an operation begins so. */
export const FIELDS = {
  sent: '_sent',
  parts: '_parts',
  client: '_client',
  scenario: '_scenario',
  etag: '_etag',
} as const;

/** The operator's choices for a try, as the address of the page has them. */
export interface Choices {
  /** Whether it is to be sent now. */
  readonly sent: boolean;
  readonly input: Readonly<Record<string, string>>;
  /** The parts that are ticked; by default all. */
  readonly parts: readonly string[];
  /** `web`, or a build such as `ios/2.4.0`. */
  readonly client: string;
  /** For this request alone; empty for the one that is on anyway. */
  readonly scenario: string;
  /** What the client is to have already. */
  readonly etag: string | undefined;
}

export function choicesIn(query: Query, { contract }: Operation): Choices {
  const sent = query[FIELDS.sent] !== undefined;
  const asked = query[FIELDS.parts];
  const ticked = asked === undefined ? [] : typeof asked === 'string' ? [asked] : asked;
  const all = contract.parts ?? [];
  const names = Object.keys(contract.input.shape);
  const given = names.flatMap((name) => {
    const value = first(query[name]);
    return value ? [[name, value] as const] : [];
  });
  return {
    sent,
    input: sent ? Object.fromEntries(given) : contract.example,
    parts: sent ? all.filter((part) => ticked.includes(part)) : all,
    client: first(query[FIELDS.client]) ?? 'web',
    scenario: first(query[FIELDS.scenario]) ?? '',
    etag: first(query[FIELDS.etag]),
  };
}

/** The address of the page that asks for them; with an ETag it asks whether anything has changed. */
export function addressOf({ contract }: Operation, choices: Choices, etag: string | undefined): string {
  const query = new URLSearchParams({ ...choices.input, [FIELDS.sent]: '1', [FIELDS.client]: choices.client });
  for (const part of choices.parts) query.append(FIELDS.parts, part);
  if (choices.scenario) query.set(FIELDS.scenario, choices.scenario);
  if (etag !== undefined) query.set(FIELDS.etag, etag);
  return `/inspector/endpoints/${contract.id}/try?${query}`;
}
