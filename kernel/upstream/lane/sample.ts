import { MAX_RECORDED_LENGTH, type Mask, maskedJson } from '#kernel/telemetry/mask.ts';

/** An upstream's answer as it may be shown: masked JSON, once it is here. */
export interface Sample {
  readonly mask: Mask;
  answer: string | undefined;
}

/** Records what came, masked, before it is validated; `size` is its bytes. */
export function takeSample(sample: Sample | undefined, json: unknown, size: number): void {
  if (sample && size <= MAX_RECORDED_LENGTH) sample.answer = maskedJson(json, sample.mask);
}
