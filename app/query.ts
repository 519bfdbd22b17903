/** A page's query as Next gives it. */
export type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Of a repeated key the first. */
export function first(value: Query[string]): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

/** The first value of each key, without missing ones. */
export function flat(query: Query): Record<string, string> {
  return Object.fromEntries(
    Object.keys(query).flatMap((key) => {
      const value = first(query[key]);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** Looks up a client's text in a table of ours; never in the members that every object inherits. */
export function lookUp<V>(table: Readonly<Record<string, V>>, text: string | undefined): V | undefined {
  return text !== undefined && Object.hasOwn(table, text) ? table[text] : undefined;
}
