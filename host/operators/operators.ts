import { environment } from '#config/env.ts';
import { type OperatorGuard, operatorGuard } from '#kernel/contract/guard.ts';
import { checkOperator, type OperatorCheck } from '#kernel/http/access/operator-guard.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { clientAddressAppended, FORWARDED_FIELD, forwardedNoted } from '#kernel/http/security/client-address.ts';
import { accessOf, INSPECTOR_COOKIE } from './inspector-access.ts';

/**
 * Operators' credentials for the inspector open the figures as well. The figures hold no personal data, so a token
 * alone makes them available, even if the inspector is off. The environment is read on first use, not at import.
 */
export const operators = operatorGuard(INSPECTOR_COOKIE, (asked) => {
  const { on, token } = environment().inspector;
  return accessOf({ on: on || token !== undefined, token }, asked, Date.now());
});

/** What a guard says to a request for a page, once its peer was appended. */
export function checkOperatorAtPage(
  engine: Pick<Engine, 'runtime'>,
  guard: OperatorGuard,
  headers: InboundHeaders,
): OperatorCheck {
  const address = clientAddressAppended(header(headers, 'x-forwarded-for'), engine.runtime.trustedProxies);
  const forwarded = forwardedNoted(header(headers, FORWARDED_FIELD));
  return checkOperator(engine, guard, { headers, address, forwarded });
}

export const isInspector = (target: string): boolean => /^\/inspector(?:[/?]|$)/.test(target);

/** The same for a page of the inspector; undefined for any other. */
export const checkOperatorAtInspector = (engine: Pick<Engine, 'runtime'>, target: string, headers: InboundHeaders) =>
  isInspector(target) ? checkOperatorAtPage(engine, operators, headers) : undefined;
