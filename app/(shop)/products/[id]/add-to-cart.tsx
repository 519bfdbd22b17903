import { formOutcome } from '#app/adapter.ts';
import { FormFields } from '#app/components/forms/form-fields.tsx';
import { Outcome } from '#app/components/forms/outcome.tsx';
import { addCartLine } from '#operations/cart/cart.ts';

interface Props {
  readonly id: string;
  /** The id of the outcome of a form that this page has sent. */
  readonly form: string | undefined;
}

/** Puts a product into the cart; guests too. */
export async function AddToCart({ id, form }: Props) {
  const outcome = await formOutcome(addCartLine, form);
  return (
    <form className="buy" id="buy" method="post" action="/api/cart/lines" aria-label="Put it into the cart">
      <FormFields />
      <input type="hidden" name="product" value={id} />
      <label className="small soft" htmlFor="quantity">
        Pieces
      </label>
      <input id="quantity" name="quantity" type="number" min={1} max={99} required defaultValue={1} />
      <button className="button" type="submit">
        Add to cart
      </button>
      <Outcome
        outcome={outcome}
        done={
          <>
            It is in your cart. <a href="/cart">See the cart</a>
          </>
        }
        words={{
          'line-refused': 'Your cart does not take more of it: 99 of one product and 50 products are the most.',
        }}
      />
    </form>
  );
}
