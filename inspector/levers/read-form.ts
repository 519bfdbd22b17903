import { z } from 'zod';
import type { Operation } from '#kernel/contract/operation.ts';
import { type OverrideTarget, targetName } from '#kernel/state/override.ts';

const MINUTE = 60_000;
/** Minutes: an override lasts a day at most, and what it serves is a week old at most. */
const MAX_MINUTES = 24 * 60;
const MAX_BEYOND = 7 * 24 * 60;

const Said = z.object({
  why: z.string().trim().min(3).max(200),
  who: z.string().trim().min(1).max(60),
});
const Form = Said.extend({
  kind: z.enum(['stale', 'open', 'shed']),
  aim: z.string().max(200),
  beyond: z.coerce.number().int().min(1).max(MAX_BEYOND).optional(),
  minutes: z.coerce.number().int().min(1).max(MAX_MINUTES),
  sure: z.string().trim(),
});

/** Why a form did nothing, in plain words. */
export const REFUSALS = {
  incomplete: 'Nothing was done: say what, why, who you are and for how long.',
  unknown: 'Nothing was done: there is no such upstream or part here.',
  confirm: 'Nothing was done: what was typed to confirm is not its name.',
  store: 'Nothing was done: our store can’t be reached, and no other process would know of it.',
} as const;
export type Refused = keyof typeof REFUSALS;

/** What a form asks for. */
interface Wanted {
  readonly aim: OverrideTarget;
  readonly why: string;
  readonly who: string;
  /** Milliseconds. */
  readonly lasts: number;
}

/** The possible targets of an override. */
interface Within {
  readonly upstreams: readonly string[];
  readonly operations: readonly Pick<Operation, 'contract'>[];
}

export function readOverride(form: URLSearchParams, within: Within): Wanted | Refused {
  const parsed = Form.safeParse(Object.fromEntries(form));
  if (!parsed.success) return 'incomplete';
  const { why, who, minutes, sure } = parsed.data;
  const aim = aimIn(parsed.data, within);
  if (typeof aim === 'string') return aim;
  return sure === targetName(aim) ? { aim, why, who, lasts: minutes * MINUTE } : 'confirm';
}

function aimIn(
  { kind, aim, beyond }: z.infer<typeof Form>,
  { upstreams, operations }: Within,
): OverrideTarget | Refused {
  if (kind === 'shed') {
    const [id = '', part = ''] = aim.split('.');
    const found = operations.find(({ contract }) => contract.id === id);
    return found?.contract.parts?.includes(part) ? { kind, operation: id, part } : 'unknown';
  }
  if (!upstreams.includes(aim)) return 'unknown';
  if (kind === 'open') return { kind, upstream: aim };
  return beyond === undefined ? 'incomplete' : { kind, upstream: aim, beyond: beyond * MINUTE };
}

/** The operator who purges something, and their reason; undefined if either is missing. */
export function readSaid(form: URLSearchParams): z.infer<typeof Said> | undefined {
  return Said.safeParse(Object.fromEntries(form)).data;
}

/** Every part that can be left out: `getProduct.rating`. */
export const sheddable = (operations: Within['operations']): string[] =>
  operations.flatMap(({ contract: { id, parts = [] } }) => parts.map((part) => `${id}.${part}`));
