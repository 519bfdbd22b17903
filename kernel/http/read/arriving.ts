import { setImmediate } from 'node:timers/promises';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import type { Flow } from '#kernel/flow/flow.ts';
import type { Running } from '#kernel/flow/run.ts';
import type { Composed } from '#kernel/flow/tools.ts';
import { toBytes } from './render.ts';

/** An answer of which the subject and the required sections are in. */
export interface Arriving {
  readonly flow: Flow;
  readonly composed: Composed;
  readonly running: Running;
}

/** The optional sections that are late. One turn goes by first, so that cached ones are not among them. */
export async function lateSections({ running }: Arriving): Promise<string[]> {
  await setImmediate();
  return Object.keys(running.optional).filter((name) => !(name in running.values));
}

/** The answer as it stands: what is not in yet is `pending`. */
export function bytesSoFar({ contract }: Operation, { flow, composed, running }: Arriving): Uint8Array {
  const sections: Record<string, SectionStatus> = { ...flow.statuses };
  for (const name of Object.keys(running.optional)) {
    if (!(name in running.values)) sections[name] = { state: 'pending' };
  }
  return toBytes(contract.output, composed.reshape(running.values as never), sections);
}
