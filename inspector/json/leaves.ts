/** The way to a value within JSON. */
export type JsonPath = readonly (string | number)[];

/** A value with nothing below it: a scalar, or a container that is empty. */
export interface Leaf {
  readonly path: JsonPath;
  readonly value: unknown;
}

/** All leaves of a JSON value, in their order. */
export function leavesOf(json: unknown, path: JsonPath = []): Leaf[] {
  if (typeof json !== 'object' || json === null) return [{ path, value: json }];
  const entries: [string | number, unknown][] = Array.isArray(json) ? [...json.entries()] : Object.entries(json);
  if (entries.length === 0) return [{ path, value: json }];
  return entries.flatMap(([step, member]) => leavesOf(member, [...path, step]));
}

/** `items[0].price`, and the empty text for the root. */
export const pathText = (path: JsonPath): string =>
  path.map((step, at) => (typeof step === 'number' ? `[${step}]` : at === 0 ? step : `.${step}`)).join('');
