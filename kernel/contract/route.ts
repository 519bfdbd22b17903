export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type Method = (typeof METHODS)[number];

/** `GET /api/products/{id}` */
export type RouteText = `${Exclude<Method, 'HEAD' | 'OPTIONS'>} /api/${string}`;

/** A route, taken apart once. */
export interface Route {
  readonly method: Method;
  /** `/api/products/{id}` */
  readonly template: string;
  readonly segments: readonly Segment[];
}

type Segment = { readonly literal: string } | { readonly parameter: string };

/** Takes a route apart. Throws a TypeError where the text is none. */
export function parseRoute(text: string): Route {
  const match = /^([A-Z]+) (\/api(?:\/(?:[a-z0-9.-]+|\{[a-z]\w*\}))+)$/.exec(text);
  const method = METHODS.find((name) => name === match?.[1]);
  if (!match?.[2] || !method) throw new TypeError(`"${text}" is no route such as GET /api/products/{id}`);
  const segments = match[2]
    .slice(1)
    .split('/')
    .map((part) => (part.startsWith('{') ? { parameter: part.slice(1, -1) } : { literal: part }));
  const parameters = segments.flatMap((segment) => ('parameter' in segment ? [segment.parameter] : []));
  if (new Set(parameters).size < parameters.length) throw new TypeError(`"${text}" names a parameter twice`);
  return { method, template: match[2], segments };
}

/** The raw values of a path's parameters, still encoded; undefined where the path is not of this route. */
export function matchRoute(route: Route, segments: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== route.segments.length) return undefined;
  // Most routes differ in a literal: nothing is made for those.
  for (let at = 0; at < segments.length; at++) {
    const segment = route.segments[at];
    if (segment !== undefined && 'literal' in segment && segment.literal !== segments[at]) return undefined;
  }
  const parameters: Record<string, string> = {};
  for (const [at, segment] of route.segments.entries())
    if ('parameter' in segment) parameters[segment.parameter] = segments[at] ?? '';
  return parameters;
}
