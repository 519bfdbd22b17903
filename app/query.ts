/** A page's query as Next gives it. */
export type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Of a repeated key the first. */
export function first(value: Query[string]): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
