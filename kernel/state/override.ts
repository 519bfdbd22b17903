/** What an override applies to: values of one upstream, calls to it, or a part of one operation. */
export type OverrideTarget =
  /** Values of the upstream's calls may stand in while it fails, so many milliseconds beyond their freshness. */
  | { readonly kind: 'stale'; readonly upstream: string; readonly beyond: number }
  /** Nothing is sent to the upstream, as if its breaker were open. */
  | { readonly kind: 'open'; readonly upstream: string }
  /** The part is left out of every answer of the operation, which says so. */
  | { readonly kind: 'shed'; readonly operation: string; readonly part: string };

/** Something that an operator has set against normal operation, for a time. */
export type Override = OverrideTarget & {
  readonly id: string;
  readonly why: string;
  readonly who: string;
  /** On the wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly until: number;
};

/** No override lasts longer: a lasting setting belongs into the configuration. Milliseconds. */
export const MAX_OVERRIDE_MS = 24 * 3_600_000;

/** Overrides of the same target replace each other. */
export function targetKey(override: OverrideTarget): string {
  return override.kind === 'shed'
    ? `shed ${override.operation} ${override.part}`
    : `${override.kind} ${override.upstream}`;
}

/** The target's name as it is typed and shown: `reviews`, `getProduct.rating`. */
export const targetName = (target: OverrideTarget): string =>
  target.kind === 'shed' ? `${target.operation}.${target.part}` : target.upstream;
