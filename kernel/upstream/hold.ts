import type { z } from 'zod';
import { fault } from '#kernel/base/fault.ts';
import { noteIssues, noteUnknown } from './drift.ts';
import type { Errand } from './exchange.ts';
import { upstreamState } from './state.ts';
import { countMisfit } from './traffic.ts';

/** A value as its schema left it, and the JSON bytes that it came from. */
export interface Fetched {
  readonly value: unknown;
  readonly size: number;
}

/** Holds an answer against its schema; what does not fit, and what we did not know, goes into the ledger. */
export function hold(
  schema: z.ZodType,
  json: unknown,
  upstream: string,
  label: string,
  { lane, wire }: Pick<Errand, 'lane' | 'wire'>,
): unknown {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    countMisfit(upstreamState(lane, upstream).traffic, performance.now());
    wire.misfits = noteIssues(lane.ledger, upstream, label, parsed.error.issues, json);
    throw fault('contract', `${label} no longer fits its schema`, { upstream, cause: parsed.error });
  }
  noteUnknown(lane.ledger, upstream, label, json, parsed.data);
  return parsed.data;
}
