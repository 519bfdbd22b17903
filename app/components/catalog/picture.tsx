import type { Image } from '#schemas/view/catalog/image.ts';

interface Props {
  readonly image: Image;
  /** Beside a title that says the same, a picture needs no words. */
  readonly decorative?: boolean;
  readonly eager?: boolean;
}

/** A picture of the catalog's: small SVGs, which an image optimiser could only make worse. */
export function Picture({ image: { src, alt, width, height }, decorative = false, eager = false }: Props) {
  return <img src={src} alt={decorative ? '' : alt} width={width} height={height} loading={eager ? 'eager' : 'lazy'} />;
}
