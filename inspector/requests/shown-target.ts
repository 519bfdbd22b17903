import type { RequestTrace } from '#kernel/telemetry/trace.ts';

/** Names of query parameters that identify a user or give access. */
const SENSITIVE = /code|state|token|secret|key|signature|mail|phone|name|address|post|zip|session|return/i;

/** What of an operation decides how much of its address may be shown. */
interface About {
  /** `/api/orders/{id}` */
  readonly template: string;
  readonly audience: 'public' | 'either' | 'personal';
}

/**
 * A request's address as it may be shown. Unless it is viewed on this machine, user ids and search terms are left out.
 */
export function shownTarget(
  { target }: Pick<RequestTrace, 'target'>,
  about: About | undefined,
  exposed: boolean,
): string {
  const [path = '', query] = target.split('?', 2);
  const isPersonal = about === undefined || about.audience !== 'public';
  const shownPath = exposed && isPersonal ? (about?.template ?? '/…') : path;
  if (query === undefined || query === '') return shownPath;
  const pairs = query.split('&').map((pair) => {
    const name = pair.split('=', 1)[0] ?? '';
    return exposed || SENSITIVE.test(name) ? `${name}=…` : pair;
  });
  return `${shownPath}?${pairs.join('&')}`;
}

/** A call's path as it may be shown outside this machine: its query may hold a user's search terms. */
export const shownCall = (call: string, exposed: boolean): string =>
  exposed ? call.replaceAll(/([?&][^=?&\s]+)=[^&\s]*/g, '$1=…') : call;

/** The input of a cached answer, as JSON, likewise. */
export const shownInput = (input: string, exposed: boolean): string =>
  exposed ? input.replaceAll(/:(?:"(?:[^"\\]|\\.)*"|[^",{}[\]]+)/g, ':…') : input;

/** Characters of an address that a list or a heading has room for. */
const ROOM = 160;

/**
 * An address for display only, among others: harmless escapes are decoded, and one of many kilobytes is cut so that it
 * hides no other request.
 */
export function readable(target: string): string {
  const signed = target.replaceAll(/%(?:2C|2F|3A|3D|3F)/gi, (sign) => decodeURIComponent(sign));
  return signed.length > ROOM ? `${signed.slice(0, ROOM)}…` : signed;
}
