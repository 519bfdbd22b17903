import { money } from '#app/money.ts';
import type { Price as PriceView } from '#schemas/view/money.ts';

/** What a thing costs, and what it cost before where it is on sale. */
export function Price({ price, large = false }: { price: PriceView; large?: boolean }) {
  return (
    <p className={large ? 'price price-large' : 'price'} data-sale={price.was !== undefined}>
      <strong>{money(price.now)}</strong>
      {price.was && (
        <>
          <span className="visually-hidden">, before</span> <s>{money(price.was)}</s>
        </>
      )}
    </p>
  );
}
