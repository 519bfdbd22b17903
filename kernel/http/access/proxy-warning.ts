import { processSingleton } from '#kernel/base/registry.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { Inbound } from '#kernel/http/request/inbound.ts';

/**
 * Says once that a request came without X-Forwarded-For though proxies are trusted to write it: where none does, what a
 * visitor writes there is believed. Of probes nothing is said: whoever balances the load asks by itself.
 */
export function warnOfProxy({ runtime }: Engine, { forwarded, address }: Inbound): void {
  const { trustedProxies, warn } = runtime;
  if (trustedProxies === 0 || forwarded === 'named' || warn === undefined) return;
  const said = processSingleton('proxy warning', () => ({ said: false }));
  if (said.said) return;
  said.said = true;
  warn(
    `TRUSTED_PROXIES is ${trustedProxies}, but a request from ${address} has no X-Forwarded-For. Either it came past the proxy, or the proxy does not write the field: then visitors choose the address that limits count, and it must be told to (docs/hosts.md, Behind proxies).`,
  );
}
