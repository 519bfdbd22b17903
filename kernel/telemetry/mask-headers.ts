/** A header as it may be shown. */
export type ShownField = readonly [name: string, value: string];

/** What stands for a value that is not shown. */
export const HIDDEN = '•••';

/** Fields without personal data. All others are shown by their names alone. */
const PLAIN =
  /^(?:accept(?:-charset|-encoding|-language)?|age|allow|app-update|cache-control|cache-status|connection|content-(?:encoding|language|length|type)|date|deprecation|etag|expires|host|idempotency-replayed|if-(?:match|none-match|modified-since)|link|prefer|priority|ratelimit(?:-policy)?|retry-after|sec-(?:ch-ua(?:-mobile|-platform)?|fetch-\w+|gpc)|section-status|server-timing|sunset|te|traceparent|transfer-encoding|upgrade-insecure-requests|user-agent|vary|x-app-version|x-content-type-options|x-csrf|x-deadline-ms|x-request-id|x-scenario)$/;
const COOKIES = /^(?:set-)?cookie$/;
const MAX_LENGTH = 512;

/** Headers by name, as a request has them. */
export function shownRequest(headers: Readonly<Record<string, string | readonly string[] | undefined>>): ShownField[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [shown(name, typeof value === 'string' ? value : value.join(', '))],
  );
}

/** Headers in a flat list, as an answer has them. */
export function shownReply(headers: readonly string[]): ShownField[] {
  return Array.from({ length: headers.length / 2 }, (_, at) => shown(headers[2 * at] ?? '', headers[2 * at + 1] ?? ''));
}

function shown(name: string, value: string): ShownField {
  const plain = name.toLowerCase();
  if (PLAIN.test(plain)) return [name, value.slice(0, MAX_LENGTH)];
  return [name, COOKIES.test(plain) ? cookieNames(plain, value) : HIDDEN];
}

/** Which cookies there were: of one that is set, what follows its value as well. */
function cookieNames(field: string, value: string): string {
  const [first = '', ...rest] = value.split(';').map((part) => part.trim());
  const named = (pair: string) => `${pair.split('=', 1)[0]}=${HIDDEN}`;
  return (field === 'cookie' ? [first, ...rest].map(named) : [named(first), ...rest]).join('; ');
}
