import type { ProductCard as Card } from '#schemas/view/catalog/product-card.ts';
import { ProductCard } from './product-card.tsx';

/** Products side by side under a title. */
export function Rail({ title, products }: { title: string; products: readonly Card[] }) {
  return (
    <section className="section" aria-label={title}>
      <h2>{title}</h2>
      <ul className="grid">
        {products.map((card) => (
          <ProductCard key={card.id} card={card} />
        ))}
      </ul>
    </section>
  );
}
