import pino, { type Logger } from 'pino';
import { slot } from '#kernel/base/registry.ts';

/** One logger a process; lines are buffered, and flushed every second and at exit. */
export function logger(level: string): Logger {
  return slot('log', () =>
    pino({ level, base: null }, pino.destination({ dest: 1, minLength: 4_096, sync: false, periodicFlush: 1_000 })),
  );
}
