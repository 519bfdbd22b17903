import { parseMediaType } from '#kernel/http/negotiation/fields.ts';
import { readRanges } from '#kernel/http/negotiation/negotiate.ts';
import { header, type InboundHeaders } from '#kernel/http/request/inbound.ts';

/** What a browser asks for in place of a page, and never to show one. */
const EMBEDDED = /^(?:image|audio|video|font)\/|^text\/css$/;

/**
 * Why a request is not a browser's going to a page in a tab of its own; undefined where it is, or where nothing says
 * otherwise: what is no browser, or an old one, sends no Sec-Fetch fields (W3C Fetch Metadata §2). Another site can let a
 * visitor's browser send as many of the others as it likes, unseen.
 */
export function notNavigating(headers: InboundHeaders): string | undefined {
  const purpose = header(headers, 'sec-purpose') ?? header(headers, 'purpose');
  if (purpose !== undefined && /^prefetch\b/i.test(purpose)) return 'This is for somebody who goes there, not ahead.';
  const dest = header(headers, 'sec-fetch-dest');
  const mode = header(headers, 'sec-fetch-mode');
  // A browser sends all of them; fetch outside of browsers sends its mode alone.
  if (dest === undefined ? mode === 'no-cors' || wantsEmbedded(headers) : dest !== 'document') return NOT_A_PAGE;
  return dest !== undefined && mode !== undefined && mode !== 'navigate' ? NOT_A_PAGE : undefined;
}

const NOT_A_PAGE = 'This is a page to go to in a tab of its own: no image, frame or script can ask for it.';

/** Without those fields Accept decides: a navigation accepts HTML, or anything. */
function wantsEmbedded(headers: InboundHeaders): boolean {
  const types = (header(headers, 'accept') ?? '').split(',').map((range) => parseMediaType(range)?.type ?? '');
  return !types.includes('text/html') && types.some((type) => EMBEDDED.test(type));
}

/** Whether a browser goes here to see a page: then it names HTML. What takes anything, such as curl, is no browser. */
export function wantsPage(headers: InboundHeaders): boolean {
  const ranges = readRanges(header(headers, 'accept') ?? '');
  return (
    ranges.some(({ type, quality }) => type === 'text/html' && quality > 0) && notNavigating(headers) === undefined
  );
}
