import { headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import { here } from '#app/adapter.ts';
import { nextEngine } from '#app/engine.ts';
import { type Env, loadEnv } from '#config/env.ts';
import { accessOf, INSPECTOR_COOKIE } from '#host/inspector-access.ts';
import type { Access } from '#kernel/contract/guard.ts';
import { clientAddressAppended } from '#kernel/http/security/client-address.ts';
import { FORWARDED_FIELD, forwardedNoted, hidesClient } from '#kernel/http/security/forwarded.ts';
import { cookieOf } from '#kernel/identity/cookies.ts';

let env: Env | undefined;

/** Whether the inspector is on, and what opens it. */
export function inspector(): Env['inspector'] {
  env ??= loadEnv();
  return env.inspector;
}

/** Whether this request may see the inspector. */
export const access = cache(async (): Promise<Access> => {
  const given = await headers();
  const text = (name: string) => given.get(name) ?? undefined;
  const { cookies, trustedProxies } = nextEngine().runtime;
  const pass = cookieOf(text('cookie'), cookies.name(INSPECTOR_COOKIE));
  const asked = {
    host: text('host'),
    address: clientAddressAppended(text('x-forwarded-for'), trustedProxies),
    hidden: hidesClient(forwardedNoted(text(FORWARDED_FIELD)), trustedProxies) || undefined,
    authorization: text('authorization'),
    pass: pass === 'twice' ? undefined : pass,
  };
  return accessOf(inspector(), asked, Date.now());
});

export const isAllowed = async (): Promise<boolean> => (await access()) === 'open';

/** Lets a page of the inspector go on; where there is none it is not found, where it is locked its sign-in comes first. */
export async function requireInspector(): Promise<void> {
  const found = await access();
  if (found === 'absent') notFound();
  if (found === 'locked') redirect(`/inspector/sign-in?${new URLSearchParams({ return: await here() })}`);
}
