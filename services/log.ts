import pino, { type Logger } from 'pino';
import { slot } from '#kernel/base/registry.ts';
import { keepLogLine } from '#kernel/telemetry/log-lines.ts';

/** One logger a process; lines are buffered, and flushed every second and at exit. */
export function logger(level: string): Logger {
  return slot('log', () =>
    pino(
      { level, base: null, hooks: { streamWrite: seen } },
      pino.destination({ dest: 1, minLength: 4_096, sync: false, periodicFlush: 1_000 }),
    ),
  );
}

/** What goes out is shown beside the trace of its request as well. */
function seen(line: string): string {
  keepLogLine(line);
  return line;
}
