import { camel, isTaken } from './names.ts';
import { refused } from './refused.ts';

const PARAMETER = /\{([^{}/]*)\}/g;
/** What our own paths take for an id. */
const VALUE = /^[\w~:@=+-][\w.~:@=+-]{0,199}$/;

/** A parameter of a path, and a value of it that the sample answers. */
export interface Parameter {
  readonly name: string;
  readonly example: string;
}

/** A path whose parameters have names as the code has them: `products/{product_id}` as `products/{productId}`. */
export function namedPath(path: string): string {
  const named = path.replaceAll(PARAMETER, (_, name: string) => `{${camel(name)}}`);
  const names = parameterNames(named);
  const wrong = names.find((name, at) => !/^[a-z]\w*$/.test(name) || isTaken(name) || names.indexOf(name) !== at);
  if (wrong !== undefined)
    throw refused(`"${path}" has a parameter that the code can't call "${wrong}": give it another name, such as {id}.`);
  return named;
}

/** The names of the parameters of a path, in their order. */
export const parameterNames = (path: string): string[] => [...path.matchAll(PARAMETER)].map(([, name = '']) => name);

/** The path with something in the place of each parameter. */
export const withParameters = (path: string, put: (name: string) => string): string =>
  path.replaceAll(PARAMETER, (_, name: string) => put(name));

/** The parameters of a path, with values out of the sample where it has members of their names. */
export const parametersOf = (names: readonly string[], seed: unknown): Parameter[] =>
  names.map((name) => ({ name, example: exampleIn(seed, name) }));

function exampleIn(seed: unknown, name: string): string {
  const members = Object.entries((seed ?? {}) as object);
  const own = members.find(([key]) => camel(key) === name) ?? members.find(([key]) => key === 'id');
  const text = typeof own?.[1] === 'string' || typeof own?.[1] === 'number' ? String(own[1]) : '';
  return VALUE.test(text) ? text : '1';
}

/** The path with the example values. */
export const filled = (path: string, parameters: readonly Parameter[]): string =>
  withParameters(path, (name) => parameters.find((one) => one.name === name)?.example ?? '1');
