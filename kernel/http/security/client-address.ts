import { isIP, isIPv4 } from 'node:net';
import { processSingleton } from '#kernel/base/registry.ts';
import { type Forwarded, header, type Inbound, type InboundHeaders } from '#kernel/http/request/inbound.ts';

/** Clients that can't be told apart share one limit. */
const UNKNOWN = 'unknown';
const BRACKETED = /^\[([^\]]+)\](?::\d{1,5})?$/;
const WITH_PORT = /^([\d.]+):\d{1,5}$/;

/**
 * The address of the client: the peer of the socket or, behind proxies, what the outermost trusted one wrote: the n-th
 * entry of X-Forwarded-For from the right. Entries further left can be forged, so they are ignored. If there is no
 * address at that place, the peer is taken.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: number,
): string {
  const entry = trustedProxies > 0 ? forwardedFor?.split(',').at(-trustedProxies) : undefined;
  return addressIn(entry) ?? addressIn(peer) ?? UNKNOWN;
}

/** The same where the host hides the socket and its peer was appended to X-Forwarded-For (`host/server/peers.ts`). */
export function clientAddressAppended(forwardedFor: string | undefined, trustedProxies: number): string {
  if (forwardedFor === undefined) return UNKNOWN;
  const last = forwardedFor.lastIndexOf(',');
  return clientAddress(forwardedFor.slice(last + 1), forwardedFor.slice(0, Math.max(0, last)), trustedProxies);
}

/** How many entries of X-Forwarded-For there are, from the right, before one that is no address. */
function addressesIn(forwardedFor: string): number {
  const entries = forwardedFor.split(',');
  const nameless = entries.findLastIndex((entry) => addressIn(entry) === undefined);
  return entries.length - 1 - nameless;
}

/** The addresses of one client: an IPv4 address, or an IPv6 /64, since it may choose any address in that. */
export function networkOf(address: string): string {
  return address.includes(':') ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address;
}

/** The address in an entry, without its port and zone; IPv4 that was mapped into IPv6 is IPv4 (RFC 4291 §2.5.5.2). */
function addressIn(entry: string | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const text = entry.trim();
  const address = (BRACKETED.exec(text) ?? WITH_PORT.exec(text))?.[1] ?? text;
  if (isIPv4(address)) return address;
  if (isIP(address) === 0) return undefined;
  const [plain = ''] = address.split('%', 1);
  const groups = groupsOf(plain);
  return groups.slice(0, 6).join() === '0,0,0,0,0,ffff' ? mapped(groups) : plain;
}

function mapped(groups: readonly string[]): string {
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address, each without leading zeros. */
function groupsOf(address: string): string[] {
  // A URL has it in its one form (RFC 5952), a dotted end turned into groups.
  const [left = '', right = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [head, tail] = [left, right].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  return [...head, ...new Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
}

/** Fields that proxies write, and that a client on this machine has no reason to send. */
const FIELDS =
  /^(?:forwarded|via|cdn-loop|x-forwarded(?:-[\w-]+)?|x-original-(?:for|forwarded-for|host|proto|uri|url)|x-real-ip|x-(?:cluster-)?client-ip|x-remote-(?:ip|addr)|x-scheme|x-varnish|front-end-https|(?:wl-)?proxy-client-ip|x-appengine-[\w-]+|cf-[\w-]+|cloudfront-[\w-]+|x-amz-cf-[\w-]+|x-nf-[\w-]+|x-vercel-[\w-]+|fastly-[\w-]+|surrogate-capability|akamai-[\w-]+|client-ip|forwarded-for|incap-client-ip|x-proxyuser-ip|true-client-ip|(?:fly-client|do-connecting)-ip|x-envoy-[\w-]+|x-arr-[\w-]+|x-azure-[\w-]+|x-amzn-trace-id|x-cloud-trace-context)$/;
const NAMED = 'x-forwarded-for';

/** Where it is written down for handlers that see the fields of their own host among the others (`host/server/peers.ts`). */
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

interface Proxies {
  readonly trustedProxies: number;
  warn?(message: string): void;
}

/**
 * Warns once that a request came without X-Forwarded-For, and once that one had fewer entries in it than proxies are
 * trusted to write: then limits count a proxy, or what a visitor wrote. Probes are exempt: a load balancer sends them
 * without the header.
 */
export function warnOfProxy({ trustedProxies, warn }: Proxies, { forwarded = 0, address }: Inbound): void {
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
