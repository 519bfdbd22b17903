import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import { asked, here } from '#app/adapter.ts';
import { nextEngine } from '#app/engine.ts';
import { askedBy } from '#app/own-form.ts';
import { type Env, environment } from '#config/env.ts';
import { accessOf, INSPECTOR_COOKIE } from '#host/operators/inspector-access.ts';
import { checkOperatorAtPage, isInspector } from '#host/operators/operators.ts';
import { type PageRequest, refuseOperator } from '#host/pages/refusals.ts';
import { type Access, operatorGuard } from '#kernel/contract/guard.ts';
import type { Usage } from '#kernel/contract/rate-policy.ts';

const SIGN_IN = /^\/inspector\/sign-in(?:\?|$)/;

/** Whether the inspector is on, and what opens it. */
export const inspector = (): Env['inspector'] => environment().inspector;

const guard = operatorGuard(INSPECTOR_COOKIE, (given) => accessOf(inspector(), given, Date.now()));

interface Found {
  readonly access: Access;
  /** Where the network of the request has shown too many wrong credentials. */
  readonly over: Usage | undefined;
}

/** What a request finds. A wrong credential is counted and logged, as one that was answered with one of these. */
async function findAccess(request: PageRequest, statuses: { status: number; over: number }): Promise<Found> {
  const { headers, target } = request;
  // Beside the inspector a bearer is a customer's: what the shop's pages show of the inspector opens for a pass alone.
  // There an operator's former pass is no guess either, and no pass can be guessed.
  const isHere = isInspector(target);
  const shown = isHere ? headers : { ...headers, authorization: undefined };
  const { access, wrong } = checkOperatorAtPage(nextEngine(), guard, shown);
  return { access, over: wrong && isHere ? await refuseOperator(nextEngine(), request, statuses) : undefined };
}

/** Once a page, however many of its parts ask. */
const foundByPage = cache(async (): Promise<Found> => {
  const request = await asked();
  const { target } = request;
  const status = isInspector(target) && !SIGN_IN.test(target) ? 307 : 200;
  return findAccess(request, { status, over: status });
});

/** Whether the request of this page may see the inspector. */
export const access = async (): Promise<Access> => (await foundByPage()).access;

export const isAllowed = async (): Promise<boolean> => (await access()) === 'open';

/** Lets a page of the inspector go on; where there is none it is not found, where it is locked its sign-in comes first. */
export async function requireInspector(): Promise<void> {
  const { access, over } = await foundByPage();
  if (access === 'absent') notFound();
  // No page can answer 429.
  if (over) redirect('/problems/too-many-requests');
  if (access !== 'open') redirect(`/inspector/sign-in?${new URLSearchParams({ return: await here() })}`);
}

/** How a request that is for no page is refused; undefined for an operator. For all others the address does not exist. */
export async function refused(request: Request): Promise<Response | undefined> {
  const { access, over } = await findAccess(askedBy(request), { status: 404, over: 429 });
  if (access === 'open') return undefined;
  return over ? tooManyWrong(over) : new Response('Not found', { status: 404 });
}

export const tooManyWrong = ({ reset }: Usage): Response =>
  new Response(`Too many wrong tokens. Try again in ${reset} s.`, {
    status: 429,
    headers: { 'Retry-After': String(reset), 'Cache-Control': 'no-store' },
  });
