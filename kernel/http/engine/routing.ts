import type { Operation } from '#kernel/contract/operation.ts';
import { METHODS, type Method, matchRoute } from '#kernel/contract/route.ts';

/** What stands at one path: its operations by method, and the path's parameters, still encoded. */
export interface RouteMatch {
  readonly operations: ReadonlyMap<Method, Operation>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Operations by the number of their route's segments, literal routes before those with parameters. */
export type Routes = ReadonlyMap<number, readonly Operation[]>;

export function routesOf(operations: readonly Operation[]): Routes {
  const routes = new Map<number, Operation[]>();
  const parameters = ({ route }: Operation) => route.segments.filter((segment) => 'parameter' in segment).length;
  for (const operation of [...operations].sort((a, b) => parameters(a) - parameters(b))) {
    const length = operation.route.segments.length;
    routes.set(length, [...(routes.get(length) ?? []), operation]);
  }
  return routes;
}

/** Finds what stands at a path; undefined where nothing does. A literal route wins over one with parameters. */
export function matchPath(routes: Routes, path: string): RouteMatch | undefined {
  const segments = path.slice(1).split('/');
  let template: string | undefined;
  let parameters: Record<string, string> = {};
  const operations = new Map<Method, Operation>();
  for (const operation of routes.get(segments.length) ?? []) {
    if (template !== undefined && operation.route.template !== template) continue;
    const matched = matchRoute(operation.route, segments);
    if (matched === undefined) continue;
    template = operation.route.template;
    parameters = matched;
    operations.set(operation.route.method, operation);
  }
  return template === undefined ? undefined : { operations, parameters };
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
