import { createHmac, timingSafeEqual } from 'node:crypto';

const PURPOSE = 'form';

/** What a form carries to prove that a page of this session has made it: nobody without the session's id can (HMAC). */
export function formToken(sessionId: string): string {
  return createHmac('sha256', sessionId).update(PURPOSE).digest('base64url');
}

export function isFormToken(token: string | undefined, sessionId: string): boolean {
  const [given, right] = [Buffer.from(token ?? ''), Buffer.from(formToken(sessionId))];
  return given.length === right.length && timingSafeEqual(given, right);
}
