import { notFound } from 'next/navigation';

/** Addresses that no page has: what is said of them stands in the shop's frame. */
export default function MissingPage(): never {
  notFound();
}
