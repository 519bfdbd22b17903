import pino, { type Logger } from 'pino';
import { environment } from '#config/env.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import { recordLogLine } from '#kernel/telemetry/log-lines.ts';
import { bufferedLines } from './output.ts';

/** One logger a process. Not over pino's own destination: at exit it retries for ever if the reader is gone. */
export function logger(level: string = environment().logLevel): Logger {
  return processSingleton('log', () =>
    pino({ level, base: null, hooks: { streamWrite: shownLine } }, bufferedLines(process.stdout)),
  );
}

/** What goes out is shown beside the trace of its request as well. */
function shownLine(line: string): string {
  recordLogLine(line);
  return line;
}
