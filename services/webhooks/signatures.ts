import type { Verify } from '#kernel/contract/guard.ts';
import { loadEnv, type WebhookSender } from '../env.ts';
import { isSignedByGithub } from './github-signature.ts';
import { isSignedStandard, standardHeaders } from './standard-signature.ts';
import { isSignedByStripe } from './stripe-signature.ts';

type Signatures = Readonly<Record<WebhookSender, Verify>>;

/** How each sender signs; `now` in milliseconds since 1970. Without a secret nothing is signed. */
export function createSignatures(
  secrets: Readonly<Record<WebhookSender, readonly string[]>>,
  now: () => number,
): Signatures {
  const standard =
    (sender: WebhookSender): Verify =>
    (headers, body) =>
      isSignedStandard(secrets[sender], standardHeaders(headers), body, now());
  return {
    stripe: (headers, body) => isSignedByStripe(secrets.stripe, headers['stripe-signature'], body, now()),
    github: (headers, body) => isSignedByGithub(secrets.github, headers['x-hub-signature-256'], body),
    clerk: standard('clerk'),
    upstream: standard('upstream'),
  };
}

let made: Signatures | undefined;

/** Whether a sender has signed; the environment is read for the first delivery, not at import. */
export const signedBy =
  (sender: WebhookSender): Verify =>
  (headers, body) => {
    made ??= createSignatures(loadEnv().webhookSecrets, Date.now);
    return made[sender](headers, body);
  };
