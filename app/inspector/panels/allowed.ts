import { notFound } from 'next/navigation';
import { nextEngine } from '#app/engine.ts';
import { isLoopback } from '#services/env-variables.ts';

export const isAllowed = async (): Promise<boolean> => isLoopback(nextEngine().runtime.publicUrl);

export async function requireInspector(): Promise<void> {
  if (!(await isAllowed())) notFound();
}
