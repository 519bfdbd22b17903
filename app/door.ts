import { headers } from 'next/headers';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import type { z } from 'zod';
import type { Contract, Operation } from '#kernel/contract/operation.ts';
import type { Address } from '#kernel/http/address.ts';
import { readForPage, type Whole } from '#kernel/http/page.ts';
import { nextEngine } from './engine.ts';

type ViewOf<C extends Contract> = C['output'] extends z.ZodType ? z.output<C['output']> : never;

/** What a page can't show, with the words of the problem. */
export class ReadError extends Error {
  readonly slug: string;

  constructor(slug: string, detail: string | undefined) {
    super(detail ?? slug);
    this.slug = slug;
  }
}

/**
 * Reads an operation for a page: the same code, checks and caches as the API's. Within one render the same read is made
 * once. What is not there is Next's `notFound()`; anything else that fails throws a ReadError.
 */
export async function read<C extends Contract>(operation: Operation<C>, address: Address): Promise<Whole<ViewOf<C>>> {
  const result = await readOnce(operation as Operation, JSON.stringify(address));
  if (result.ok) return result.view as Whole<ViewOf<C>>;
  if (result.trouble.slug === 'not-found') notFound();
  throw new ReadError(result.trouble.slug, result.trouble.detail);
}

const readOnce = cache(async (operation: Operation, address: string) => {
  const given = Object.fromEntries(await headers());
  return readForPage<unknown>(nextEngine(), operation, JSON.parse(address) as Address, given);
});
