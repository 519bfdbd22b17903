import { headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import type { z } from 'zod';
import type { PageRequest } from '#host/pages/refusals.ts';
import type { Contract, Operation } from '#kernel/contract/operation.ts';
import { formToken } from '#kernel/http/forms/form-fields.ts';
import { type FormOutcome, takeFormOutcome } from '#kernel/http/forms/form-outcome.ts';
import { openForPage, type PageOpen } from '#kernel/http/pages/open.ts';
import { type Address, readForPage, type ViewWithMeta } from '#kernel/http/pages/page.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { cookieOf, SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { getSession } from '#operations/account/sessions.ts';
import { nextEngine } from './engine.ts';
import { begun } from './reads.ts';

/** Path and query of the page, and the method by which it was asked for, as proxy.ts notes them. */
const HERE = 'x-here';
const METHOD = 'x-here-method';

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
 * once. A missing thing is Next's `notFound()`; a page that needs a signed-in user leads to the sign-in and back; one
 * read too many leads to the page of that problem; any other failure throws a ReadError.
 */
export async function read<C extends Contract>(
  operation: Operation<C>,
  address: Address,
): Promise<ViewWithMeta<ViewOf<C>>> {
  const result = await readOnce(operation as Operation, JSON.stringify(address));
  return result.ok ? (result.view as ViewWithMeta<ViewOf<C>>) : await fail(result.problem);
}

/** The ETag of what `read` gives. */
export async function etagOf(operation: Operation, address: Address): Promise<string> {
  const result = await readOnce(operation, JSON.stringify(address));
  return result.ok ? result.etag : await fail(result.problem);
}

/**
 * The first view of an operation at once, and a promise per late part for Suspense. Opened once within one render; fails
 * as `read` does.
 */
export async function open<C extends Contract>(operation: Operation<C>, address: Address): Promise<Opened<ViewOf<C>>> {
  const opened = await openOnce(operation as Operation, JSON.stringify(address));
  return opened.ok ? (opened as Opened<ViewOf<C>>) : await fail(opened.problem);
}

const openOnce = cache(async (operation: Operation, address: string) => {
  const given = Object.fromEntries(await headers());
  const opened = await begun(openForPage<unknown>(nextEngine(), operation, JSON.parse(address) as Address, given));
  if (opened.ok) for (const part of Object.values(opened.late)) begun(part);
  return opened;
});

export type Opened<V> = Extract<PageOpen<V>, { ok: true }>;

/** The view of a 200 that the operation's answers declare, with the ETag that a change of it has to name. */
export async function readVersioned<C extends Contract>(
  operation: Operation<C>,
  address: Address,
): Promise<{ view: AnswerOf<C>; etag: string }> {
  const result = await readOnce(operation as Operation, JSON.stringify(address));
  return result.ok ? { view: result.view as AnswerOf<C>, etag: result.etag } : await fail(result.problem);
}

type AnswerOf<C extends Contract> = C['answers'] extends { readonly 200: infer S extends z.ZodType }
  ? z.output<S>
  : never;

async function fail({ slug, detail, errors }: ProblemDetails): Promise<never> {
  if (slug === 'unauthenticated') await askWho();
  // An id that can't be one names nothing either.
  if (slug === 'not-found' || errors?.some((error) => error.in === 'path')) notFound();
  // No page can answer 429, and the 500 of one that throws would be our failure.
  if (slug === 'too-many-requests') redirect('/problems/too-many-requests');
  throw Object.assign(new Error(detail ?? slug), { kind: 'read' as const, slug });
}

/** For a page that reads nothing itself, and yet is for customers only. */
export async function requireSignIn(): Promise<void> {
  const { signedIn } = await read(getSession, {});
  if (!signedIn) await askWho();
}

async function askWho(): Promise<never> {
  const afterForm = (await asAsked()).searchParams.has('form');
  // A form's answer must not lead on to another site, the provider's: browsers stop there (CSP form-action).
  redirect(afterForm ? `/sign-in?${new URLSearchParams({ return: await here() })}` : await signInHere());
}

/** The sign-in, which leads back to this page. */
export async function signInHere(): Promise<string> {
  return `/api/auth/login?${new URLSearchParams({ return: await here() })}`;
}

/** The page's path and query, without the id of a form's outcome. */
export async function here(): Promise<string> {
  const url = await asAsked();
  url.searchParams.delete('form');
  return url.pathname + url.search;
}

/** The request of the page. */
export async function asked(): Promise<PageRequest> {
  const given = Object.fromEntries(await headers());
  return { method: given[METHOD] ?? 'GET', target: given[HERE] ?? '/', headers: given };
}

/** Whether this page is asked for in one piece, as browsers without scripts do. */
export const isCompleteRequested = async () => (await asAsked()).searchParams.get('whole') === '1';

const asAsked = async () => new URL((await headers()).get(HERE) ?? '/', 'http://here.invalid');

/** The outcome of the form that this page has sent, if it is the one that `?form=` names; shown once. */
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
  return begun(readForPage<unknown>(nextEngine(), operation, JSON.parse(address) as Address, given));
});
