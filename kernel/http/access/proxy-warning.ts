import { processSingleton } from '#kernel/base/registry.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { Inbound } from '#kernel/http/request/inbound.ts';

/**
 * Warns once that a request came without X-Forwarded-For, and once that one had fewer entries in it than proxies are
 * trusted to write: then limits count a proxy, or what a visitor wrote. Probes are exempt: a load balancer sends them
 * without the header.
 */
export function warnOfProxy({ runtime }: Engine, { forwarded = 0, address }: Inbound): void {
  const { trustedProxies, warn } = runtime;
  if (forwarded >= trustedProxies || warn === undefined) return;
  const fault = forwarded === 0 ? 'missing' : 'short';
  const told = processSingleton('proxy warnings', () => new Set<string>());
  if (told.has(fault)) return;
  told.add(fault);
  const begin = `TRUSTED_PROXIES is ${trustedProxies}, but a request from ${address}`;
  warn(
    fault === 'missing'
      ? `${begin} has no X-Forwarded-For. Either it came past the proxy, or the proxy does not write the field: then visitors choose the address that limits count, and it must be told to (docs/hosts.md, Behind proxies).`
      : `${begin} has only ${forwarded} of so many entries in X-Forwarded-For. Either it came past some of the proxies, or one of them does not write the field, or there are fewer of them: then all visitors count as one address, or choose theirs, and TRUSTED_PROXIES must be lower (docs/hosts.md, Behind proxies).`,
  );
}
