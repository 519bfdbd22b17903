import type { CatalogProduct } from '#schemas/upstream/catalog.ts';
import type { Image } from '#schemas/view/catalog/image.ts';

type CatalogImage = CatalogProduct['images'][number];

export function toImage({ href, alt, width, height }: CatalogImage): Image {
  return { src: href, alt, width, height };
}
