import type { z } from 'zod';

/** Bytes, where a contract does not say. */
export const BODY_LIMIT = 1_048_576;

export const FORM_TYPE = 'application/x-www-form-urlencoded';

const TYPES: Record<Exclude<BodyKind, 'raw'>, readonly string[]> = {
  json: ['application/json'],
  form: [FORM_TYPE],
  mergePatch: ['application/merge-patch+json'],
};

export type BodyKind = 'json' | 'form' | 'mergePatch' | 'raw';

/** What a contract says of its body: `limit` in bytes, `types` for `raw` only, `reserved` form fields beside the schema's. */
export interface BodyRules {
  readonly kind: BodyKind;
  readonly limit: number;
  readonly schema?: z.ZodType;
  readonly types?: readonly string[];
  readonly optional?: boolean;
  readonly reserved?: readonly string[];
}

/** The media types that a body may have. */
export function bodyTypes(rules: BodyRules): readonly string[] {
  return rules.kind === 'raw' ? (rules.types ?? ['*/*']) : TYPES[rules.kind];
}
