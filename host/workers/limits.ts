import type { Counted, Counter, RatePolicy } from '#kernel/contract/rate-policy.ts';
import { MemoryCounter } from '#kernel/http/access/counter.ts';
import { answerOn, askAbove } from './channel.ts';

const TOPIC = 'count';

interface Request {
  readonly name: string;
  readonly policy: RatePolicy;
  readonly caller: string;
  /** Takes the last one of this caller back. */
  readonly back?: true;
}

type Told = Omit<Counted, 'giveBack'>;

/** Counts for all workers, in the process above them. */
export function countForWorkers(): void {
  const counters = new Map<string, MemoryCounter>();
  answerOn(TOPIC, async ({ name, policy, caller, back }: Request): Promise<Told | undefined> => {
    let counter = counters.get(name);
    if (counter === undefined) {
      counter = new MemoryCounter(policy);
      counters.set(name, counter);
    }
    if (back) {
      counter.giveBack(caller);
      return undefined;
    }
    const { left, over, msBeforeNext } = await counter.count(caller);
    return { left, over, msBeforeNext };
  });
}

/** One count over all workers of a host. While the process that counts does not answer, each counts its share by itself. */
export class WorkerCounter implements Counter {
  readonly #name: string;
  readonly #policy: RatePolicy;
  readonly #alone: MemoryCounter;
  readonly #patience: number;

  /** `patience`: milliseconds that a count may take, before this worker counts by itself. */
  constructor(name: string, policy: RatePolicy, { workers, patience }: { workers: number; patience: number }) {
    this.#name = name;
    this.#policy = policy;
    this.#patience = patience;
    this.#alone = new MemoryCounter({ ...policy, quota: Math.max(1, Math.floor(policy.quota / workers)) });
  }

  async count(caller: string): Promise<Counted> {
    const request: Request = { name: this.#name, policy: this.#policy, caller };
    const told = (await askAbove(TOPIC, request, this.#patience)) as Told | undefined;
    if (told === undefined) return this.#alone.count(caller);
    return { ...told, giveBack: () => void askAbove(TOPIC, { ...request, back: true }) };
  }
}
