import { setTimeout as pause } from 'node:timers/promises';
import { EVENT_STREAM_NAME, readEvent } from '#kernel/realtime/event-entry.ts';
import type { State } from '#kernel/state/state.ts';

const CHUNK = 500;
const LOOK_EVERY = 20;

/** One event as its publisher made it. */
export interface Told {
  readonly channel: string;
  readonly event: string;
  readonly data: { readonly id?: string; readonly version?: number };
}

/** Everything that is published on a state from now on, read along the way: the log itself keeps the last few thousand. */
export function tailEvents(state: State): { readonly told: Told[]; stop(): Promise<void> } {
  const told: Told[] = [];
  let [position, going] = [0, true];
  const read = async () => {
    for (;;) {
      const entries = await state.read(EVENT_STREAM_NAME, position, CHUNK);
      const [first] = entries;
      if (first === undefined) return;
      if (first.id !== position + 1) throw new Error(`the log has forgotten what came after ${position}`);
      for (const { id, value } of entries) {
        const { channel, event, data } = readEvent(value);
        told.push({ channel, event, data: JSON.parse(data) as Told['data'] });
        position = id;
      }
    }
  };
  const reading = (async () => {
    while (going) {
      await read();
      await pause(LOOK_EVERY);
    }
    await read();
  })();
  return {
    told,
    stop: () => {
      going = false;
      return reading;
    },
  };
}
