import type { RequestTrace } from '#kernel/telemetry/trace.ts';

/** Names of query parameters that say who somebody is, or let somebody in. */
const SENSITIVE = /code|state|token|secret|key|signature|mail|phone|name|address|post|zip|session|return/i;

/** What of an operation decides how much of its address may be shown. */
interface About {
  /** `/api/orders/{id}` */
  readonly template: string;
  readonly audience: 'public' | 'either' | 'personal';
}

/**
 * A request's address as it may be shown. Where others than this machine look, nobody's own ids are in it, nor what
 * somebody has searched for.
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

/** A call's path as it may be shown where others look: what was asked for in its query is what somebody has searched for. */
export const shownCall = (call: string, exposed: boolean): string =>
  exposed ? call.replaceAll(/([?&][^=?&\s]+)=[^&\s]*/g, '$1=…') : call;

/** The input of a kept answer, as JSON, likewise. */
export const shownInput = (input: string, exposed: boolean): string =>
  exposed ? input.replaceAll(/:(?:"(?:[^"\\]|\\.)*"|[^",{}[\]]+)/g, ':…') : input;

/** Characters of an address that a list or a heading has room for. */
const ROOM = 160;

/**
 * An address for eyes alone, where it stands among others: the signs are back that are safe to read where they stand,
 * and whoever sends one of many kilobytes hides no other request behind it.
 */
export function readable(target: string): string {
  const signed = target.replaceAll(/%(?:2C|2F|3A|3D|3F)/gi, (sign) => decodeURIComponent(sign));
  return signed.length > ROOM ? `${signed.slice(0, ROOM)}…` : signed;
}
