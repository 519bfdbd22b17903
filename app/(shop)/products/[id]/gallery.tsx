import { Picture } from '#app/components/catalog/picture.tsx';
import type { Image } from '#schemas/view/catalog/image.ts';

/** All pictures of a product, the first one large. */
export function Gallery({ images }: { images: readonly Image[] }) {
  return (
    <ul className="gallery" aria-label="Pictures">
      {images.map((image, index) => (
        <li key={image.src}>
          <Picture image={image} eager={index === 0} />
        </li>
      ))}
    </ul>
  );
}
