import { processSingleton } from '#kernel/base/registry.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { Inbound } from '#kernel/http/request/inbound.ts';

/**
 * Warns once that a request came without X-Forwarded-For although proxies are trusted to write it: without a proxy, a
 * visitor can write any address into it. Probes are exempt: a load balancer sends them without the header.
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
