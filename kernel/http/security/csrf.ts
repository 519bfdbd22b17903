import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';

/** Methods that change nothing (RFC 9110 §9.2.1). */
export const SAFE: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * What is wrong with the proof; undefined if it is valid. The browser must state that the request comes from our
 * origin, and the page must have set `x-csrf: 1`, which another origin can't without our permission (RFC 10017
 * §6.1.3.2).
 */
export function crossSite(headers: InboundHeaders, publicUrl: string): string | undefined {
  return (
    foreignSite(headers, publicUrl) ??
    (header(headers, 'x-csrf') === '1' ? undefined : 'The header x-csrf: 1 is missing.')
  );
}

/** What a browser says against a request's coming from our own origin; undefined where nothing is. */
export function foreignSite(headers: InboundHeaders, publicUrl: string): string | undefined {
  const site = header(headers, 'sec-fetch-site');
  const origin = header(headers, 'origin');
  if (site === undefined && origin === undefined)
    return 'Neither Sec-Fetch-Site nor Origin says where this comes from.';
  if (site !== undefined && site !== 'same-origin') return `Sec-Fetch-Site is ${site}, not same-origin.`;
  return origin === undefined || origin === publicUrl ? undefined : 'Origin is not ours.';
}
