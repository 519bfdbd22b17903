import type { Money, Price as PriceView } from '#schemas/view/money.ts';

function format({ minor, currency }: Money): string {
  const formatter = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = formatter.resolvedOptions().maximumFractionDigits ?? 2;
  return formatter.format(minor / 10 ** digits);
}

/** What a thing costs, and what it cost before where it is on sale. */
export function Price({ price, large = false }: { price: PriceView; large?: boolean }) {
  return (
    <p className={large ? 'price price-large' : 'price'} data-sale={price.was !== undefined}>
      <strong>{format(price.now)}</strong>
      {price.was && (
        <>
          <span className="visually-hidden">, before</span> <s>{format(price.was)}</s>
        </>
      )}
    </p>
  );
}
