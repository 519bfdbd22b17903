import { type Forwarded, header, type InboundHeaders } from '#kernel/http/request/inbound.ts';
import { addressesIn } from './client-address.ts';

/** Fields that proxies write, and that a client on this machine has no reason to send. */
const FIELDS =
  /^(?:forwarded|via|cdn-loop|x-forwarded(?:-[\w-]+)?|x-original-(?:for|forwarded-for|host|proto|uri|url)|x-real-ip|x-(?:cluster-)?client-ip|x-remote-(?:ip|addr)|x-scheme|x-varnish|front-end-https|(?:wl-)?proxy-client-ip|x-appengine-[\w-]+|cf-[\w-]+|cloudfront-[\w-]+|x-amz-cf-[\w-]+|x-nf-[\w-]+|x-vercel-[\w-]+|fastly-[\w-]+|surrogate-capability|akamai-[\w-]+|client-ip|forwarded-for|incap-client-ip|x-proxyuser-ip|true-client-ip|(?:fly-client|do-connecting)-ip|x-envoy-[\w-]+|x-arr-[\w-]+|x-azure-[\w-]+|x-amzn-trace-id|x-cloud-trace-context)$/;
const NAMED = 'x-forwarded-for';

/** Where it is written down for handlers that see the fields of their own host among the others (`peers.ts`). */
export const FORWARDED_FIELD = 'x-was-forwarded';

/** What the fields of a request show, as it came. */
export function forwardedBy(headers: InboundHeaders): Forwarded | undefined {
  const named = header(headers, NAMED);
  if (named !== undefined) return addressesIn(named);
  for (const name in headers) if (FIELDS.test(name)) return 0;
  return undefined;
}

/** How it was forwarded, as far as it was recorded. Without a record it may have been. */
export function forwardedNoted(noted: string | undefined): Forwarded | undefined {
  if (noted === 'no') return undefined;
  return Number(noted) || 0;
}

/**
 * Whether an unknown client may stand behind the address: then the address is no proof of this machine. With fewer
 * entries than trusted proxies it is a proxy's own.
 */
export const hidesClient = (forwarded: Forwarded | undefined, trustedProxies: number): boolean =>
  forwarded !== undefined && (trustedProxies === 0 || forwarded < trustedProxies);
