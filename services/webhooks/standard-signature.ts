import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { isRecent, MAX_HEADER_LENGTH, MAX_SIGNATURES, textOf } from './signed-text.ts';

/** The three headers of a delivery in the Standard Webhooks format. */
interface StandardHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** The three headers, under their own names or those of Svix, through which Clerk sends. */
export function standardHeaders(headers: Readonly<Record<string, string | undefined>>): StandardHeaders {
  const prefix = headers['webhook-id'] === undefined ? 'svix' : 'webhook';
  return {
    id: headers[`${prefix}-id`],
    timestamp: headers[`${prefix}-timestamp`],
    signature: headers[`${prefix}-signature`],
  };
}

/** An id is part of the signed text, and must not be able to look like the next part. */
const ID = /^[\w-]{1,256}$/;
const SIGNATURES = /^v\d+a?,[\w+/=-]+(?: v\d+a?,[\w+/=-]+)*$/;

type CompleteHeaders = { readonly [name in keyof StandardHeaders]: string };

/** Whether the headers can be of something that was just sent in this format. */
export function maybeStandard(headers: StandardHeaders, now: number): headers is CompleteHeaders {
  const { id, timestamp, signature } = headers;
  if (id === undefined || timestamp === undefined || signature === undefined) return false;
  if (!ID.test(id) || !isRecent(timestamp, now)) return false;
  if (signature.length > MAX_HEADER_LENGTH || !SIGNATURES.test(signature)) return false;
  return signature.split(' ').length <= MAX_SIGNATURES;
}

/**
 * Whether one of the secrets (`whsec_…`) signed this delivery just now. The library signs and we compare, because its own
 * check reads the clock and the time leniently.
 */
export function isSignedStandard(
  secrets: readonly string[],
  headers: StandardHeaders,
  body: Uint8Array,
  now: number,
): boolean {
  const text = textOf(body);
  if (text === undefined || !maybeStandard(headers, now)) return false;
  const { id, timestamp, signature } = headers;
  const given = signature.split(' ');
  return secrets.some((secret) => {
    const ours = new Webhook(secret).sign(id, new Date(Number(timestamp) * 1_000), text);
    return given.some((theirs) => isSame(theirs, ours));
  });
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
