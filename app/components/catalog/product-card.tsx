import type { ProductCard as Card } from '#schemas/view/catalog/product-card.ts';
import { Picture } from './picture.tsx';
import { Price } from './price.tsx';
import { Stars } from './stars.tsx';

/** A product among others. What could not be had is left out, the rest stands. */
export function ProductCard({ card: { id, title, image, price, rating } }: { card: Card }) {
  return (
    <li className="card">
      <div className="card-picture">{image && <Picture image={image} decorative />}</div>
      <h3>
        <a className="card-link" href={`/products/${id}`}>
          {title}
        </a>
      </h3>
      {price && <Price price={price} />}
      {rating && <Stars rating={rating} />}
    </li>
  );
}
