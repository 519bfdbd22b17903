import type { RequestTrace } from '#kernel/telemetry/trace.ts';

/** What a list of requests may be narrowed to. */
export const SHOWS = ['all', 'failed', 'partial', 'slow'] as const;
type Show = (typeof SHOWS)[number];

/** A request is slow from here on, in milliseconds. */
const SLOW = 250;

const FITS: Readonly<Record<Show, (trace: RequestTrace) => boolean>> = {
  all: () => true,
  failed: ({ status }) => status >= 400,
  partial: ({ status, sections }) => status < 400 && Object.keys(sections).length > 0,
  slow: ({ duration }) => duration >= SLOW,
};

export const toShow = (text: string | undefined): Show => SHOWS.find((show) => show === text) ?? 'all';

/**
 * The requests that fit every word: by what may be shown of their address, method, status, operation, cache, lane, id, the
 * page that they were read for, and the upstreams that they asked.
 */
export function filtered(
  traces: readonly RequestTrace[],
  words: string,
  show: Show,
  targetOf: (trace: RequestTrace) => string,
): RequestTrace[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return traces.filter((trace) => {
    if (!FITS[show](trace)) return false;
    if (wanted.length === 0) return true;
    const { id, method, status, operation, cache, lane, problem = '', page = '', calls } = trace;
    const upstreams = calls.map(({ upstream }) => upstream);
    const text = [id, method, status, targetOf(trace), operation, cache, lane, problem, page, ...upstreams]
      .join(' ')
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
