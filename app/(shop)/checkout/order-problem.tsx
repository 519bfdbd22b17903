import { FormFields } from '#app/components/forms/form-fields.tsx';
import { Outcome } from '#app/components/forms/outcome.tsx';
import type { FormOutcome } from '#kernel/http/forms/form-outcome.ts';

const ORDERS = <a href="/orders">your orders</a>;

const WORDS = {
  'total-changed': 'The total has changed since you looked. The new one stands below; if you agree, order again.',
  'cart-empty': <>Your cart is empty: perhaps you have ordered in another tab. Look at {ORDERS}.</>,
  'not-for-sale': 'Something in your cart can’t be had right now. Take it out, and order again.',
  'no-such-service': 'This way to send it is not offered any more. Choose another one.',
  'order-refused': 'The order was not taken as it is. Look at your cart again.',
  'invalid-body': 'That address is not among yours any more. Choose another one.',
  'outcome-unknown':
    'We can’t tell yet whether your order was placed. Ask again: it is the same order, and is never placed twice.',
  'request-in-progress': 'Your order is being placed. Ask again in a moment: it is never placed twice.',
};

/** Why there is no order. */
export function OrderProblem({ outcome }: { outcome: FormOutcome | undefined }) {
  return <Outcome outcome={outcome} words={WORDS} />;
}

/** Whether the order may exist after all: then only the same one, under the same key, may be sent. */
export function isUndecided(outcome: FormOutcome | undefined): boolean {
  const code = outcome?.problem?.code;
  return code === 'outcome-unknown' || code === 'request-in-progress';
}

/** Sends the same order again if its outcome is unknown. */
export function AskAgain({ outcome, complete }: { outcome: FormOutcome | undefined; complete: boolean }) {
  if (outcome?.key === undefined || !isUndecided(outcome)) return null;
  return (
    <form method="post" action="/api/orders" aria-label="Ask again">
      <FormFields once={outcome.key} then={`/orders/{id}${complete ? '?whole=1' : ''}`} />
      {Object.entries(outcome.values).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <button className="button" type="submit">
        Ask again
      </button>
    </form>
  );
}
