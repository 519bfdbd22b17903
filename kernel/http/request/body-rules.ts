import type { z } from 'zod';

/** Bytes, where a contract does not say. */
export const BODY_LIMIT = 1_048_576;

export const FORM_TYPE = 'application/x-www-form-urlencoded';

const TYPES: Record<Exclude<BodyKind, 'raw'>, readonly string[]> = {
  json: ['application/json'],
  form: [FORM_TYPE],
  // A patch is a patch by its method: of many generated clients nothing but plain JSON can be had.
  mergePatch: ['application/json', 'application/merge-patch+json'],
};

export type BodyKind = 'json' | 'form' | 'mergePatch' | 'raw';

/**
 * The contract's rules for its body: `limit` in bytes, `types` for `raw` only, `reserved` form fields beside the
 * schema's.
 */
export interface BodyRules {
  readonly kind: BodyKind;
  readonly limit: number;
  readonly schema?: z.ZodType;
  readonly types?: readonly string[];
  readonly optional?: boolean;
  readonly reserved?: readonly string[];
}

type Typed = Partial<BodyRules> & Pick<BodyRules, 'kind'>;

/** The media types that a body may have. */
export function bodyTypes({ kind, types }: Typed): readonly string[] {
  return kind === 'raw' ? (types ?? ['*/*']) : TYPES[kind];
}

/** The media types that PATCH takes, for OPTIONS and for a 415 (RFC 5789 §3.1). */
export const acceptPatch = (body: Typed | undefined): readonly string[] =>
  body?.kind === 'mergePatch' ? ['Accept-Patch', bodyTypes(body).join(', ')] : [];
