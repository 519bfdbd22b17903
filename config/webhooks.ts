import { z } from 'zod';
import { DEVELOPMENT_SECRET } from '#schemas/upstream/event.ts';
import { isLoopback } from './public-origin.ts';
import { type ValuesOf, variable } from './variable.ts';

/** Who sends us webhooks. */
export const WEBHOOK_SENDERS = ['stripe', 'github', 'clerk', 'upstream'] as const;
export type WebhookSender = (typeof WEBHOOK_SENDERS)[number];

/** A secret and the one that it replaces, so that a sender can change over in its own time. */
const secrets = (one: RegExp) =>
  z
    .string()
    .transform((text) => text.split(',').map((secret) => secret.trim()))
    .refine((all) => all.length <= 2 && all.every((secret) => one.test(secret)));
const PLAIN_SECRET = /^[\x21-\x7e]{16,256}$/;
const STANDARD_SECRET = /^whsec_(?:[A-Za-z0-9+/]{4}){4,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const secretsOf = (sender: string, one: RegExp, example: string) =>
  variable(secrets(one), {
    about: `What ${sender} signs webhooks with: one secret, or two while it is changed, the new one first, a comma between.`,
    form: 'one or two secrets of 16 characters or more',
    example,
    otherwise: 'the mocks’ secret where PUBLIC_URL is this machine, elsewhere every delivery is refused',
  });

/** What webhooks are signed with. */
export const WEBHOOKS = {
  STRIPE_WEBHOOK_SECRETS: secretsOf('Stripe', PLAIN_SECRET, 'whsec_a-secret-of-this-endpoint'),
  GITHUB_WEBHOOK_SECRETS: secretsOf('GitHub', PLAIN_SECRET, 'a-new-secret-text,the-old-secret-text'),
  CLERK_WEBHOOK_SECRETS: secretsOf('Clerk', STANDARD_SECRET, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
  UPSTREAM_WEBHOOK_SECRETS: secretsOf('our upstreams', STANDARD_SECRET, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
};

/** By sender; where there is none, nothing that it sends is taken. */
export type WebhookSecrets = Readonly<Record<WebhookSender, readonly string[]>>;

/** The published development secret signs on this machine only. */
export function webhookSecretsOf(values: ValuesOf<typeof WEBHOOKS>, publicUrl: string): WebhookSecrets {
  const local = isLoopback(publicUrl);
  const secretsOf = (sender: WebhookSender): readonly string[] => {
    const name = `${sender.toUpperCase() as Uppercase<WebhookSender>}_WEBHOOK_SECRETS` as const;
    return values[name] ?? (local ? [DEVELOPMENT_SECRET] : []);
  };
  return Object.fromEntries(WEBHOOK_SENDERS.map((sender) => [sender, secretsOf(sender)])) as WebhookSecrets;
}
