import { isRecent, MAX_HEADER_LENGTH, MAX_SIGNATURES, TOLERANCE, textOf } from './signed-text.ts';

/** `t=1614265330,v1=5257a8…`; schemes that we don't know may stand beside. */
const FORM = /^t=([1-9]\d{0,11})((?:,v\d=[0-9a-f]{64})+)$/;

/** Whether a header can be Stripe's signature of something that it has just sent. */
export function maybeStripe(header: string | undefined, now: number): header is string {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return false;
  const [, time = '', signatures = ''] = FORM.exec(header) ?? [];
  return signatures.split(',').length - 1 <= MAX_SIGNATURES && isRecent(time, now);
}

/** Whether one of the secrets signed this body just now, by Stripe's own SDK, which takes any time in the future. */
export async function isSignedByStripe(
  secrets: readonly string[],
  header: string | undefined,
  body: Uint8Array,
  now: number,
): Promise<boolean> {
  const text = textOf(body);
  if (!maybeStripe(header, now) || text === undefined) return false;
  // Large, and only Stripe's deliveries need it.
  const { Stripe } = await import('stripe');
  const { signature } = Stripe.webhooks;
  return secrets.some((secret) => {
    try {
      return signature?.verifyHeader(text, header, secret, TOLERANCE, undefined, now) === true;
    } catch {
      return false;
    }
  });
}
