import { Rail } from '#app/components/catalog/rail.tsx';
import { Notice } from '#app/components/states/notice.tsx';
import type { ViewWithMeta } from '#kernel/http/pages/page.ts';
import type { ProductView } from '#schemas/view/catalog/product.ts';

/** What goes with a product. */
export function Related({ view: { related, meta } }: { view: ViewWithMeta<ProductView> }) {
  if (!related) return <Notice meta={meta} section="related" what="Related products" />;
  if (related.length === 0) return null;
  return (
    <div className="section">
      <Notice meta={meta} section="related.prices" what="Their prices" />
      <Rail title="Goes well with it" products={related} />
    </div>
  );
}
