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
  const parameters: Record<string, string> = {};
  for (const [index, segment] of route.segments.entries()) {
    const text = segments[index] ?? '';
    if ('literal' in segment) {
      if (segment.literal !== text) return undefined;
    } else {
      parameters[segment.parameter] = text;
    }
  }
  return parameters;
}
