import { refuse } from '#kernel/contract/problem.ts';

const DETAIL = 'The cursor is not one that a page of this list gave.';
const BAD_CURSOR = {
  in: 'query',
  path: 'cursor',
  message: 'is not one that a page of this list gave',
  code: 'cursor',
} as const;

/** Only the upstream that issued a cursor can say that it is invalid: it answers 400. */
export const NO_CURSOR = { 400: ['invalid-request', DETAIL, BAD_CURSOR] } as const;

export const refuseCursor = (): never => refuse('invalid-request', DETAIL, BAD_CURSOR);

/** The member that says where a list goes on, from whatever its upstream says. */
export const nextOf = (position: string) => ({ next: Buffer.from(position).toString('base64url') });

/** The upstream's cursor, out of one that `nextOf` made of it. */
export function positionOf(cursor: string): string;
export function positionOf(cursor: string | undefined): string | undefined;
export function positionOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const position = Buffer.from(cursor, 'base64url').toString();
  return nextOf(position).next === cursor ? position : refuseCursor();
}
