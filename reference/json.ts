/** A part of a document, before it is written. */
export type Json = Record<string, unknown>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A content map: one schema under each media type. */
export const contentOf = (types: readonly string[], media: Json): Json =>
  Object.fromEntries(types.map((type) => [type, media]));

/** `#/components/<kind>/<name>` as a reference object. */
export const refTo = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });
