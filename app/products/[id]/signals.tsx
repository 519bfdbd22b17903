import { Notice } from '#app/components/notice.tsx';
import { Stars } from '#app/components/stars.tsx';
import type { Whole } from '#kernel/http/page.ts';
import type { ProductView } from '#schemas/view/product.ts';

interface Props {
  readonly view: Whole<ProductView>;
}

export function StarsOrNotice({ view: { rating, meta } }: Props) {
  return rating ? <Stars rating={rating} /> : <Notice meta={meta} section="rating" what="Ratings" />;
}

const WORDS: Readonly<Record<string, string>> = { 'in-stock': 'In stock', low: 'Only a few left', out: 'Out of stock' };

export function StockOrNotice({ view: { stock, meta } }: Props) {
  if (!stock) return <Notice meta={meta} section="stock" what="Stock" />;
  const day =
    stock.restockAt &&
    new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(stock.restockAt));
  return (
    <p className="stock" data-state={stock.state}>
      {WORDS[stock.state] ?? stock.state}
      {day && `, more on ${day}`}
    </p>
  );
}
