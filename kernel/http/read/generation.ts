import { processSingleton } from '#kernel/base/registry.ts';
import type { Operation } from '#kernel/contract/operation.ts';

const numbers = new WeakMap<Operation, string>();

/**
 * Which code composed an answer. In production a process has one generation; in development every evaluation of an
 * operation's module begins a new one, so that no answer of old code is served by new code.
 */
export function generationOf(operation: Operation, dev: boolean): string {
  if (!dev) return '';
  let generation = numbers.get(operation);
  if (generation === undefined) {
    const counter = processSingleton('generations', () => ({ last: 0 }));
    generation = String(++counter.last);
    numbers.set(operation, generation);
  }
  return generation;
}
