import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The fields of a form that are ours: the proof of its session, the key under which it is done once, the ETag of what it
 * changes, and the page that is to come after success.
 */
export const RESERVED = ['_csrf', '_key', '_match', '_then'] as const;

const PURPOSE = 'form';

/** Proves that a page of this session made the form: only with the session's id can the token be made (HMAC). */
export function formToken(sessionId: string): string {
  return createHmac('sha256', sessionId).update(PURPOSE).digest('base64url');
}

export function isFormToken(token: string | undefined, sessionId: string): boolean {
  const [given, right] = [Buffer.from(token ?? ''), Buffer.from(formToken(sessionId))];
  return given.length === right.length && timingSafeEqual(given, right);
}
