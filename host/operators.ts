import { type Env, loadEnv } from '#config/env.ts';
import { operatorGuard } from '#kernel/contract/guard.ts';
import { turnedAway } from '#kernel/http/access/operator-guard.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { clientAddressAppended } from '#kernel/http/security/client-address.ts';
import { FORWARDED_FIELD, forwardedNoted } from '#kernel/http/security/forwarded.ts';
import { accessOf, INSPECTOR_COOKIE } from './inspector-access.ts';

let env: Env | undefined;

/**
 * What opens the inspector opens the figures as well. They hold nothing of anybody, so a token alone puts them there, also
 * where the inspector is off and keeps no bodies. The environment is read for the first who asks, not at import.
 */
export const operators = operatorGuard(INSPECTOR_COOKIE, (asked) => {
  env ??= loadEnv();
  const { on, token } = env.inspector;
  return accessOf({ on: on || token !== undefined, token }, asked, Date.now());
});

/** Whether a page is asked for by one of those who run the server, once its peer was appended. */
export function isOperator(engine: Engine, headers: InboundHeaders): boolean {
  const address = clientAddressAppended(header(headers, 'x-forwarded-for'), engine.runtime.trustedProxies);
  const forwarded = forwardedNoted(header(headers, FORWARDED_FIELD));
  return turnedAway(engine, { guard: operators }, { headers, address, forwarded }, '') === undefined;
}
