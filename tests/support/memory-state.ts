import type { State, Step, StreamEntry } from '#kernel/state/state.ts';

/** Logs in memory, as several processes see them: each with a lag of its own. */
export class MemoryLogs {
  readonly #streams = new Map<string, StreamEntry[]>();

  append(stream: string, value: string): number {
    const entries = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, entries);
    const id = (entries.at(-1)?.id ?? 0) + 1;
    entries.push({ id, value });
    return id;
  }

  last(stream: string): number {
    return this.#streams.get(stream)?.at(-1)?.id ?? 0;
  }

  /** Goes back, as a standby does that has not seen all: what is after a number is lost. */
  rewind(stream: string, to: number): void {
    this.#streams.set(
      stream,
      (this.#streams.get(stream) ?? []).filter(({ id }) => id <= to),
    );
  }

  /** Drops all but the newest entries. */
  trim(stream: string, left: number): void {
    this.#streams.set(stream, (this.#streams.get(stream) ?? []).slice(-left));
  }

  /** The state as one process sees it: of a stream it knows only what is not beyond `upTo`. */
  seen(upTo: (stream: string) => number = () => Number.POSITIVE_INFINITY): State {
    const visible = (stream: string) => (this.#streams.get(stream) ?? []).filter(({ id }) => id <= upTo(stream));
    return {
      read: async (stream: string, after: number, limit: number) =>
        visible(stream)
          .filter(({ id }) => id > after)
          .slice(0, limit),
      bounds: async (stream: string) => {
        const entries = visible(stream);
        const [first, last] = [entries[0], entries.at(-1)];
        return first && last && { first: first.id, last: last.id };
      },
      commit: async (steps: readonly Step[]) => {
        for (const step of steps) if (step.do === 'append') this.append(step.stream, step.value);
        return new Map<string, number>();
      },
      append: async (stream: string, value: string) => this.append(stream, value),
    } as unknown as State;
  }
}
