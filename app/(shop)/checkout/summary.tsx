import { FormFields } from '#app/components/forms/form-fields.tsx';
import { money } from '#app/money.ts';
import type { FormOutcome } from '#kernel/http/forms/form-outcome.ts';
import type { ViewWithMeta } from '#kernel/http/pages/page.ts';
import type { CheckoutView } from '#schemas/view/cart/checkout.ts';
import { type Asked, chosenOf } from './choices.tsx';
import { isUndecided } from './order-problem.tsx';

interface Props {
  readonly asked: Asked;
  readonly view: ViewWithMeta<CheckoutView>;
  /** The outcome of the order that was sent last. */
  readonly again: FormOutcome | undefined;
}

/** The order's lines, which are known before the ways to send it are. */
export function OrderLines({ lines }: Pick<CheckoutView['cart'], 'lines'>) {
  return (
    <>
      <ul className="summary-lines">
        {lines.map(({ id, product, title, quantity, total }) => (
          <li key={id}>
            <span>
              {quantity} × {title ?? product}
            </span>
            <span>{total ? money(total) : '–'}</span>
          </li>
        ))}
      </ul>
      <p>
        <a href="/cart">Change the cart</a>
      </p>
    </>
  );
}

/** What it comes to, and the button that orders it. */
export function Totals({ asked, view, again }: Props) {
  const { cart, address } = view;
  const chosen = chosenOf(view, asked);
  const goods = chosen && { ...chosen.total, minor: chosen.total.minor - chosen.price.minor };
  return (
    <>
      <dl className="sums">
        <div>
          <dt>Goods</dt>
          <dd>{goods ? money(goods) : cart.subtotal ? money(cart.subtotal) : '–'}</dd>
        </div>
        <div>
          <dt>Shipping</dt>
          <dd>{chosen ? money(chosen.price) : '–'}</dd>
        </div>
        <div className="sum-total">
          <dt>Total</dt>
          <dd>{chosen ? money(chosen.total) : 'not known yet'}</dd>
        </div>
      </dl>
      {chosen && address && !isUndecided(again) ? (
        <form method="post" action="/api/orders" aria-label="Place the order">
          <FormFields once={crypto.randomUUID()} then={`/orders/{id}${asked.whole ? '?whole=1' : ''}`} />
          <input type="hidden" name="address" value={address} />
          <input type="hidden" name="service" value={chosen.service} />
          <input type="hidden" name="total.minor" value={chosen.total.minor} />
          <input type="hidden" name="total.currency" value={chosen.total.currency} />
          <button className="button wide" type="submit">
            Place order
          </button>
          <p className="soft small">If a price changes before you press it, we ask you again.</p>
        </form>
      ) : (
        <p className="soft small">
          {isUndecided(again)
            ? 'Your last order is to be settled first; see above.'
            : 'You can order once an address and a way to send it are chosen.'}
        </p>
      )}
    </>
  );
}
