import { notFound } from 'next/navigation';
import { requireInspector } from '../panels/allowed.ts';

/** An address that the inspector does not have shows a 404 within its shell. */
export default async function Nowhere() {
  await requireInspector();
  notFound();
}
