import type { z } from 'zod';
import type { Effects } from '#services/webhooks/effects.ts';

/** What an event changes here. */
export interface Change extends Effects {
  /** What it tells of, where that can be put in order: an older version has no effect once a newer one was seen. */
  readonly object?: { readonly id: string; readonly version: number };
}

/** An event: what is read of its payload, and what that changes. */
export interface Row {
  readonly reads: z.ZodType;
  readonly changes: (event: never) => Change;
}

/** The events of one sender, by type; whatever else it sends is nothing to us. */
export type Table = Readonly<Record<string, Row>>;

export const on = <S extends z.ZodType>(reads: S, changes: (event: z.output<S>) => Change): Row => ({ reads, changes });
