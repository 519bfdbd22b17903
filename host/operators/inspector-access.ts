import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Env } from '#config/env.ts';
import { isLoopback } from '#config/public-origin.ts';
import type { Access, OperatorCredentials } from '#kernel/contract/guard.ts';

/** The base name of the cookie that a sign-in to the inspector leaves. */
export const INSPECTOR_COOKIE = 'inspector';
/** Seconds that a sign-in lasts. */
export const PASS_LIFE = 12 * 3_600;

/**
 * Without a token it is open to this machine alone: the peer must be it, and the name by which it was asked as well, so
 * that no page of another site that has had its own name point here (DNS rebinding) can read it. What a proxy has passed on comes
 * from anywhere, unless a trusted one says from where.
 */
export function accessOf({ on, token }: Env['inspector'], asked: OperatorCredentials, now: number): Access {
  if (!on) return 'absent';
  if (token === undefined) return isOfThisMachine(asked) ? 'open' : 'absent';
  const [scheme, bearer = ''] = asked.authorization?.split(' ') ?? [];
  if (scheme?.toLowerCase() === 'bearer' && isToken(token, bearer)) return 'open';
  const byPass = asked.pass === undefined ? 'locked' : accessByPass(token, asked.pass, now);
  return byPass === 'ended' && asked.authorization !== undefined ? 'locked' : byPass;
}

function isOfThisMachine({ host = '', address, hidden }: OperatorCredentials): boolean {
  const peer = `http://${address.includes(':') ? `[${address}]` : address}`;
  return !hidden && LOCAL_HOST.test(host) && URL.canParse(peer) && isLoopback(peer);
}

/** A Host as RFC 9110 §7.2 has it and no more: a URL would take `evil@localhost`, `localhost/` or 127.1 for this machine. */
const LOCAL_HOST = /^(?:(?:[a-z0-9-]{1,63}\.){0,8}localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Whether a text is the token. Takes as long for a near miss as for any other. */
export const isToken = (token: string, text: string): boolean => timingSafeEqual(digest(token), digest(text));

const digest = (text: string) => hash('sha256', text, 'buffer');

/** The cookie's content: when it ends, in seconds since 1970, and an HMAC of that. A new token ends all of them. */
export function passFor(token: string, now: number): string {
  const until = String(Math.floor(now / 1_000) + PASS_LIFE);
  return `${until}.${seal(token, until)}`;
}

function accessByPass(token: string, pass: string, now: number): Access {
  const [until = '', given = ''] = pass.split('.');
  const isGenuine = timingSafeEqual(digest(seal(token, until)), digest(given));
  if (!isGenuine) return 'locked';
  return Number(until) * 1_000 > now ? 'open' : 'ended';
}

const seal = (token: string, until: string) =>
  createHmac('sha256', token).update(`inspector ${until}`).digest('base64url');
