import { z } from 'zod';
import { LocalPath } from '#schemas/view/local-path.ts';

/** The way back is stored in a cookie, which must not grow large. */
export const LoginInput = z.object({ return: LocalPath.max(1_000).default('/') });

/**
 * The parameters with which an OpenID Provider sends a browser back (OpenID Connect Core §3.1.2.5, RFC 9207). Unknown
 * ones are ignored (RFC 6749 §4.1.2).
 */
export const CallbackInput = z.looseObject({
  code: z.string().max(4_000).optional(),
  state: z.string().max(500).optional(),
  iss: z.string().max(500).optional(),
  error: z.string().max(200).optional(),
  error_description: z.string().max(2_000).optional(),
  error_uri: z.string().max(2_000).optional(),
  session_state: z.string().max(500).optional(),
});

/**
 * Who is asking, as far as a page needs to know. `refused` where some service does not take what the session stands for,
 * though it was renewed: signing in again may help.
 */
export const SessionView = z
  .object({
    signedIn: z.boolean(),
    by: z.enum(['nobody', 'session', 'bearer']),
    name: z.string().optional(),
    refused: z.boolean().optional(),
  })
  .meta({ id: 'Session' });

/** One of the browsers in which the user is signed in. */
const SessionEntry = z.object({
  id: z.string(),
  current: z.boolean(),
  agent: z.string(),
  openedAt: z.iso.datetime(),
  seenAt: z.iso.datetime(),
});
export const SessionsView = z.object({ items: z.array(SessionEntry) }).meta({ id: 'Sessions' });

/** `url` is where the browser goes to end the provider's own session too. */
export const LogoutView = z.object({ url: z.string() }).meta({ id: 'Logout' });
