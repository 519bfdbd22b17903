import { notFound } from 'next/navigation';

/** Addresses without a page: the 404 is shown in the shop's frame. */
export default function MissingPage(): never {
  notFound();
}
