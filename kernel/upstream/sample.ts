import { LONGEST_KEPT, maskedJson } from '#kernel/telemetry/mask.ts';
import type { Sample } from './exchange.ts';

/** Keeps what came, masked, before it is held against its schema; `size` is its bytes. */
export function takeSample(sample: Sample | undefined, json: unknown, size: number): void {
  if (sample && size <= LONGEST_KEPT) sample.answer = maskedJson(json, sample.mask);
}
