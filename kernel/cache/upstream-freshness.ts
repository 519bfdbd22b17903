/** Header fields by their names in lower case, as they came. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How long an upstream allows its answer to be used, by its headers (RFC 9111). */
export interface UpstreamFreshness {
  /** Milliseconds from now on; undefined where it says nothing. */
  readonly fresh: number | undefined;
  /** Whether it must not be used once it is stale, also if the upstream fails (§5.2.2.2, §5.2.2.4, §5.2.2.10). */
  readonly noStale: boolean;
  /** Why it must not be stored at all. */
  readonly refusal: 'no-store' | 'private' | 'vary' | undefined;
}

/** When an answer came, and when it was asked for. */
export interface Received {
  /** Monotonic milliseconds. */
  readonly began: number;
  readonly now: number;
  /** Wall clock. */
  readonly wall: number;
}

/** Fields whose value differs in each of our requests: an answer that varies by one of them serves one request only. */
const OF_ONE_REQUEST = /(?:^|,)\s*(?:\*|x-request-id|traceparent|x-envoy-expected-rq-timeout-ms)\s*(?:,|$)/i;
/** More seconds than these count as these (RFC 9111 §1.2.2). */
const MAX_SECONDS = 2 ** 31;

/** Reads it off an answer's headers. For private values we are a private cache, for all others a shared one. */
export function upstreamFreshness(fields: Fields, isPrivate: boolean, received: Received): UpstreamFreshness {
  const directives = directivesOf(text(fields, 'cache-control'));
  const has = (name: string) => directives.has(name);
  const shared = !isPrivate && has('s-maxage');
  return {
    fresh: has('no-cache') ? 0 : lifetimeLeft(fields, directives.get(shared ? 's-maxage' : 'max-age'), received),
    noStale: has('no-cache') || has('must-revalidate') || shared || (!isPrivate && has('proxy-revalidate')),
    refusal: refusalOf(fields, has, isPrivate),
  };
}

function refusalOf(
  fields: Fields,
  has: (directive: string) => boolean,
  isPrivate: boolean,
): UpstreamFreshness['refusal'] {
  if (has('no-store')) return 'no-store';
  if (has('private') && !isPrivate) return 'private';
  return OF_ONE_REQUEST.test(text(fields, 'vary') ?? '') ? 'vary' : undefined;
}

/** §4.2.1, less the age of the answer (§4.2.3). A time that can't be parsed counts as past. */
function lifetimeLeft(fields: Fields, given: string | undefined, received: Received): number | undefined {
  const date = dateOf(text(fields, 'date'));
  const expires = text(fields, 'expires');
  if (given === undefined && expires === undefined) return undefined;
  const lifetime =
    given === undefined ? (dateOf(expires) ?? 0) - (date ?? received.wall) : (secondsOf(given) ?? 0) * 1_000;
  const apparent = date === undefined ? 0 : received.wall - date;
  const told = (secondsOf(text(fields, 'age') ?? '0') ?? MAX_SECONDS) * 1_000 + (received.now - received.began);
  return Math.max(0, lifetime - Math.max(0, apparent, told));
}

/** Directives by name. If one occurs twice, the smaller number counts (§4.2.1 lets us choose). */
function directivesOf(field: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', quoted, plain] of (field ?? '').matchAll(/([\w-]+)(?:=(?:"([^"]*)"|([^\s,]*)))?/g)) {
    const key = name.toLowerCase();
    const value = quoted ?? plain ?? '';
    const before = found.get(key);
    if (before === undefined || (secondsOf(value) ?? 0) < (secondsOf(before) ?? 0)) found.set(key, value);
  }
  return found;
}

const secondsOf = (value: string): number | undefined =>
  /^\d{1,20}$/.test(value.trim()) ? Math.min(MAX_SECONDS, Number(value)) : undefined;

/** An HTTP date in any of the three forms of RFC 9110 §5.6.7; only asctime's has no zone, and means the same. */
export function dateOf(value: string | undefined): number | undefined {
  if (value === undefined || !/^[A-Z][a-z]{2,8},? .+\d\d:\d\d:\d\d/.test(value)) return undefined;
  const time = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(time) ? undefined : time;
}

/** A field that came in several lines is one list. */
function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}
