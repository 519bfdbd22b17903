import { formOutcome } from '#app/adapter.ts';
import { FormFields } from '#app/components/forms/form-fields.tsx';
import { Outcome } from '#app/components/forms/outcome.tsx';
import { keyAfter } from '#app/key-after.ts';
import { createPaymentIntent } from '#operations/cart/payment-intents.ts';

interface Props {
  readonly order: string;
  /** The id of the outcome of a form that this page has sent. */
  readonly form: string | undefined;
}

const WORDS = {
  'not-payable': 'This order is paid already, or was cancelled.',
  'outcome-unknown': 'The payment service did not answer. Please try again: you will not pay twice.',
};

/** Where an order that is not paid yet is. */
export async function Payment({ order, form }: Props) {
  const outcome = await formOutcome(createPaymentIntent, form);
  return (
    <form className="form" method="post" action="/api/checkout/payment-intents" aria-label="Payment">
      <Outcome outcome={outcome} words={WORDS} />
      <FormFields once={keyAfter(outcome)} then={`/orders/${order}/pay?intent={id}&secret={clientSecret}`} />
      <input type="hidden" name="order" value={order} />
      <button className="button" type="submit">
        Pay now
      </button>
    </form>
  );
}
