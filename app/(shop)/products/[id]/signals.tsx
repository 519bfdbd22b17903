import { Stars } from '#app/components/catalog/stars.tsx';
import { StockWord } from '#app/components/catalog/stock-word.tsx';
import { Notice } from '#app/components/states/notice.tsx';
import { day } from '#app/dates.ts';
import type { ViewWithMeta } from '#kernel/http/pages/page.ts';
import type { ProductView } from '#schemas/view/catalog/product.ts';

interface Props {
  readonly view: ViewWithMeta<ProductView>;
}

export function StarsOrNotice({ view: { rating, meta } }: Props) {
  return rating ? <Stars rating={rating} /> : <Notice meta={meta} section="rating" what="Ratings" />;
}

export function StockOrNotice({ view: { stock, meta } }: Props) {
  if (!stock) return <Notice meta={meta} section="stock" what="Stock" />;
  return <StockWord state={stock.state} more={stock.restockAt && `, more on ${day(stock.restockAt)}`} />;
}
