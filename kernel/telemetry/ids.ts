import { randomBytes } from 'node:crypto';

const prefix = randomBytes(6).toString('hex');
let counter = 0;

/** A request id: a prefix drawn at boot and a counter, because a random id a request costs more than the lookup. */
export function nextRequestId(): string {
  return `${prefix}-${(++counter).toString(36)}`;
}

const REQUEST_ID = /^[\w.-]{1,64}$/;

/** The caller's `x-request-id` where it is short and harmless, else one of ours. */
export function requestIdFrom(header: string | undefined): string {
  return header !== undefined && REQUEST_ID.test(header) ? header : nextRequestId();
}

/** The header by which a host marks all reads of one page; never a client's own. */
export const PAGE_ID = 'x-page-id';
