import { environment } from '#config/env.ts';
import type { WebhookSender } from '#config/webhooks.ts';
import { type Plausible, type Signed, signed, type Verify } from '#kernel/contract/guard.ts';
import { isSignedByGithub, maybeGithub } from './github-signature.ts';
import { isSignedStandard, maybeStandard, standardHeaders } from './standard-signature.ts';
import { isSignedByStripe, maybeStripe } from './stripe-signature.ts';

type Secrets = Readonly<Record<WebhookSender, readonly string[]>>;
type Signatures = Readonly<Record<WebhookSender, Verify>>;

/** How each sender signs; `now` in milliseconds since 1970. Without a secret nothing is signed. */
export function createSignatures(secrets: Secrets, now: () => number): Signatures {
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

/** What can be checked of each sender's signature before there is a body. */
export function createForms(secrets: Secrets, now: () => number): Readonly<Record<WebhookSender, Plausible>> {
  const given = (sender: WebhookSender, plausible: Plausible) => (headers: Parameters<Plausible>[0]) =>
    secrets[sender].length > 0 && plausible(headers);
  const standard = (sender: WebhookSender) =>
    given(sender, (headers) => maybeStandard(standardHeaders(headers), now()));
  return {
    stripe: given('stripe', (headers) => maybeStripe(headers['stripe-signature'], now())),
    github: given('github', (headers) => maybeGithub(headers['x-hub-signature-256'])),
    clerk: standard('clerk'),
    upstream: standard('upstream'),
  };
}

let made: { readonly verify: Signatures; readonly forms: ReturnType<typeof createForms> } | undefined;

/** The environment is read for the first delivery, not at import. */
function ours() {
  if (made) return made;
  const { webhookSecrets } = environment();
  made = { verify: createSignatures(webhookSecrets, Date.now), forms: createForms(webhookSecrets, Date.now) };
  return made;
}

/** Only what a sender has signed. */
export const signedBy = (sender: WebhookSender): Signed =>
  signed(
    (headers, body) => ours().verify[sender](headers, body),
    (headers) => ours().forms[sender](headers),
  );
