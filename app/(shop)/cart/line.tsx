import { Picture } from '#app/components/catalog/picture.tsx';
import { StockWord } from '#app/components/catalog/stock-word.tsx';
import { FormFields } from '#app/components/forms/form-fields.tsx';
import { money } from '#app/money.ts';
import type { CartLine } from '#schemas/view/cart/cart.ts';

/** One product of a cart, with how many of it; forms, so that no script is needed. */
export function Line({ line: { id, product, title, image, quantity, each, total, stock } }: { line: CartLine }) {
  const name = title ?? `Product ${product}`;
  return (
    <li className="line">
      <div className="line-picture">{image && <Picture image={image} decorative />}</div>
      <div className="line-words">
        <h2>
          <a href={`/products/${product}`}>{name}</a>
        </h2>
        <p className="soft small">{each ? `${money(each)} each` : 'The price is not known right now.'}</p>
        {stock !== undefined && stock !== 'in-stock' && <StockWord state={stock} />}
      </div>
      <div className="line-acts">
        <form className="amount" method="post" action={`/api/cart/lines/${id}?_method=PATCH`}>
          <FormFields />
          <label className="visually-hidden" htmlFor={`pieces-${id}`}>
            Pieces of {name}
          </label>
          <input id={`pieces-${id}`} name="quantity" type="number" min={1} max={99} required defaultValue={quantity} />
          <button className="quiet" type="submit">
            Update<span className="visually-hidden"> {name}</span>
          </button>
        </form>
        <form method="post" action={`/api/cart/lines/${id}?_method=DELETE`}>
          <FormFields />
          <button className="quiet" type="submit">
            Remove<span className="visually-hidden"> {name}</span>
          </button>
        </form>
      </div>
      <p className="line-total">{total ? money(total) : '–'}</p>
    </li>
  );
}
