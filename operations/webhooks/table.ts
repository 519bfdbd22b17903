import type { z } from 'zod';
import type { Effects } from '#services/webhooks/effects.ts';

/** What an event changes here. */
export interface Change extends Effects {
  /** The object and its version, if there is one: an older version has no effect after a newer one. */
  readonly object?: { readonly id: string; readonly version: number };
}

/** An event: what is read of its payload, and its effects. */
export interface Row {
  readonly reads: z.ZodType;
  readonly changes: (event: never) => Change;
}

/** The events of one sender, by type; whatever else it sends is nothing to us. */
export type Table = Readonly<Record<string, Row>>;

export const on = <S extends z.ZodType>(reads: S, changes: (event: z.output<S>) => Change): Row => ({ reads, changes });
