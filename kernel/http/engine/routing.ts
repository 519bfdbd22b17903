import type { Operation } from '#kernel/contract/operation.ts';
import { METHODS, type Method, matchRoute, type Route } from '#kernel/contract/route.ts';

/** What stands at one path: its operations by method, and the path's parameters, still encoded. */
interface RouteMatch {
  readonly operations: ReadonlyMap<Method, Operation>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Paths by the number of their segments, literal ones before those with parameters. */
export type Routes = ReadonlyMap<number, readonly Path[]>;

interface Path {
  readonly route: Route;
  readonly operations: Map<Method, Operation>;
}

export function routesOf(operations: readonly Operation[]): Routes {
  const routes = new Map<number, Path[]>();
  const parameters = ({ route }: Operation) => route.segments.filter((segment) => 'parameter' in segment).length;
  for (const operation of [...operations].sort((a, b) => parameters(a) - parameters(b))) {
    const { route } = operation;
    const paths = routes.get(route.segments.length) ?? [];
    const path = paths.find((one) => one.route.template === route.template);
    if (path) path.operations.set(route.method, operation);
    else paths.push({ route, operations: new Map([[route.method, operation]]) });
    routes.set(route.segments.length, paths);
  }
  return routes;
}

/** Finds what stands at a path; undefined where nothing does. A literal route wins over one with parameters. */
export function matchPath(routes: Routes, path: string): RouteMatch | undefined {
  const segments = path.slice(1).split('/');
  for (const { route, operations } of routes.get(segments.length) ?? []) {
    const parameters = matchRoute(route, segments);
    if (parameters !== undefined) return { operations, parameters };
  }
  return undefined;
}

/** The methods that a path answers, for `Allow`. */
export function allowed(match: RouteMatch): string {
  return METHODS.filter(
    (method) => match.operations.has(method) || method === 'OPTIONS' || (method === 'HEAD' && hasHead(match)),
  ).join(', ');
}

/**
 * Whether HEAD is answered: if a GET has a body. A GET that only redirects, and acts on the way, must not run for a
 * HEAD.
 */
export function hasHead({ operations }: RouteMatch): boolean {
  const contract = operations.get('GET')?.contract;
  if (contract === undefined) return false;
  const { output, answers, live, file } = contract;
  return output !== undefined || answers?.[200] !== undefined || live === true || file !== undefined;
}
