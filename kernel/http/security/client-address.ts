import { isIP, isIPv4 } from 'node:net';

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

/** The same where the host hides the socket and its peer was appended to X-Forwarded-For (`peers.ts`). */
export function clientAddressAppended(forwardedFor: string | undefined, trustedProxies: number): string {
  if (forwardedFor === undefined) return UNKNOWN;
  const last = forwardedFor.lastIndexOf(',');
  return clientAddress(forwardedFor.slice(last + 1), forwardedFor.slice(0, Math.max(0, last)), trustedProxies);
}

/** How many entries of X-Forwarded-For there are, from the right, before one that is no address. */
export function addressesIn(forwardedFor: string): number {
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
