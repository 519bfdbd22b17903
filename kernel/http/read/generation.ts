import { processSingleton } from '#kernel/base/registry.ts';
import type { Operation } from '#kernel/contract/operation.ts';

const numbers = new WeakMap<Operation, string>();

/**
 * Which code composed an answer. In production a process has one; in development every evaluation of an operation's
 * module is a generation of its own, so that nothing which old code composed is served by new code.
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
