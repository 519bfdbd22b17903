import { headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import type { z } from 'zod';
import type { Contract, Operation } from '#kernel/contract/operation.ts';
import type { Address } from '#kernel/http/address.ts';
import type { Trouble } from '#kernel/http/failure.ts';
import { type FormOutcome, takeFormOutcome } from '#kernel/http/form-outcome.ts';
import { formToken } from '#kernel/http/form-token.ts';
import { openForPage, type PageOpen } from '#kernel/http/open.ts';
import { readForPage, type Whole } from '#kernel/http/page.ts';
import { cookieOf, SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { nextEngine } from './engine.ts';

type ViewOf<C extends Contract> = C['output'] extends z.ZodType ? z.output<C['output']> : never;

/** What a page can't show, with the words of the problem. */
export interface ReadError extends Error {
  readonly kind: 'read';
  readonly slug: string;
}

export function isReadError(thrown: unknown): thrown is ReadError {
  return (thrown as ReadError | null | undefined)?.kind === 'read';
}

/**
 * Reads an operation for a page: the same code, checks and caches as the API's. Within one render the same read is made
 * once. What is not there is Next's `notFound()`, one read too many leads to the page of that problem; anything else that
 * fails throws a ReadError.
 */
export async function read<C extends Contract>(operation: Operation<C>, address: Address): Promise<Whole<ViewOf<C>>> {
  const result = await readOnce(operation as Operation, JSON.stringify(address));
  return result.ok ? (result.view as Whole<ViewOf<C>>) : fail(result.trouble);
}

/**
 * The first view of an operation at once, and a promise per late part for Suspense. Opened once within one render; fails
 * as `read` does.
 */
export async function open<C extends Contract>(operation: Operation<C>, address: Address): Promise<Opened<ViewOf<C>>> {
  const opened = await openOnce(operation as Operation, JSON.stringify(address));
  return opened.ok ? (opened as Opened<ViewOf<C>>) : fail(opened.trouble);
}

const openOnce = cache(async (operation: Operation, address: string) => {
  const given = Object.fromEntries(await headers());
  return openForPage<unknown>(nextEngine(), operation, JSON.parse(address) as Address, given);
});

type Opened<V> = Extract<PageOpen<V>, { ok: true }>;

function fail({ slug, detail, errors }: Trouble): never {
  // An id that can't be one names nothing either.
  if (slug === 'not-found' || errors?.some((error) => error.in === 'path')) notFound();
  // No page can answer 429, and the 500 of one that throws would be our failure.
  if (slug === 'too-many-requests') redirect('/problems/too-many-requests');
  throw Object.assign(new Error(detail ?? slug), { kind: 'read' as const, slug });
}

/** What became of the form that this page has sent, if it is the one that `?form=` names; told once. */
export async function formOutcome(operation: Operation, id: string | undefined): Promise<FormOutcome | undefined> {
  const outcome = id === undefined ? undefined : await outcomeOnce(id);
  return outcome?.operation === operation.contract.id ? outcome : undefined;
}

const outcomeOnce = cache(async (id: string) => takeFormOutcome(nextEngine().runtime.sessions, await sessionId(), id));

/** What every form on a page carries as `_csrf`; undefined where the browser has no session. */
export async function csrfToken(): Promise<string | undefined> {
  const id = await sessionId();
  return id === undefined ? undefined : formToken(id);
}

async function sessionId(): Promise<string | undefined> {
  const { cookies } = nextEngine().runtime;
  const id = cookieOf((await headers()).get('cookie') ?? undefined, cookies.name(SESSION_COOKIE));
  return id === 'twice' ? undefined : id;
}

const readOnce = cache(async (operation: Operation, address: string) => {
  const given = Object.fromEntries(await headers());
  return readForPage<unknown>(nextEngine(), operation, JSON.parse(address) as Address, given);
});
