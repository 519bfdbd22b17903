import { notFound } from 'next/navigation';
import { requireInspector } from '../panels/allowed.ts';

/** What the inspector does not have is said within its shell. */
export default async function Nowhere() {
  await requireInspector();
  notFound();
}
