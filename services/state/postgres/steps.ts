import type { Step, WriteOptions } from '#kernel/state/state.ts';
import { roomOf, tableOf } from '../tables.ts';
import { toStored } from './stored-text.ts';

/** One step of a write, as `tributary.write` takes it. */
export interface WriteStep {
  readonly verb: 'set' | 'claim' | 'swap' | 'remove' | 'count' | 'append' | 'enqueue' | 'dequeue';
  /** A key, a stream or a queue. */
  readonly name: string;
  /** A value, or a queue's member. */
  readonly text?: string;
  /** Version to find, sum to add, entries to keep, or time at which it is due. */
  readonly number?: number | undefined;
  readonly expires?: number;
  readonly owner?: string | undefined;
}

/** A step that writes a key. */
export const keyStep = (
  verb: 'set' | 'claim' | 'swap',
  key: string,
  value: string,
  { ttl, owner }: WriteOptions,
  now: number,
): WriteStep => ({ verb, name: key, text: value, expires: Math.ceil(now + ttl), owner });

/** A step of a commit. */
export function toWriteStep(step: Step, now: number): WriteStep {
  switch (step.do) {
    case 'claim':
      return keyStep('claim', step.key, step.value, step, now);
    case 'swap':
      return { ...keyStep('swap', step.key, step.value, step, now), number: step.version };
    case 'remove':
      return { verb: 'remove', name: step.key };
    case 'append':
      return { verb: 'append', name: step.stream, text: step.value, number: step.maxEntries };
    case 'enqueue':
      return { verb: 'enqueue', name: step.queue, text: step.member, number: Math.ceil(step.due) };
    case 'dequeue':
      return { verb: 'dequeue', name: step.queue, text: step.member };
  }
}

/**
 * Of writes of one key under one condition the last: all conditions are about what was there before the first step, and
 * the database would hold the second against what the first has written. Different conditions can't both hold.
 */
export function lastOfEachKey(steps: readonly Step[]): Step[] {
  const last = new Map<string | number, Step>();
  for (const [at, step] of steps.entries()) {
    if (step.do === 'claim') {
      const name = `claim ${step.key}`;
      const owner = step.owner || (last.get(name) as typeof step | undefined)?.owner;
      last.set(name, owner === undefined ? step : { ...step, owner });
    } else last.set(step.do === 'swap' ? `${step.version} ${step.key}` : at, step);
  }
  return [...last.values()];
}

/** The arguments of `tributary.write`. */
export function argumentsOf(steps: readonly WriteStep[], now: number, durable: boolean): unknown[] {
  const kinds = steps.map(({ name }) => tableOf(name));
  return [
    Math.floor(now),
    durable,
    steps.map(({ verb }) => verb),
    steps.map(({ name }) => toStored(name)),
    steps.map(({ text }) => (text === undefined ? null : toStored(text))),
    steps.map(({ number }) => number ?? null),
    steps.map(({ expires }) => expires ?? null),
    steps.map(({ owner }) => toStored(owner ?? '')),
    kinds,
    kinds.map((kind) => roomOf(kind).perOwner),
  ];
}
