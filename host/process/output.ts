import type { Writable } from 'node:stream';

/** Characters that go out together, and milliseconds that a line waits for others at most. */
const TOGETHER = 4_096;
const WAIT = 1_000;
/** Bytes that may wait for a reader who takes nothing. */
const MAX_WAITING = 1_048_576;

const lose = () => undefined;

/**
 * The reader of our output may end before us: a log shipper that is replaced, `npm start | head`. What is printed then
 * is lost. Without a listener each failed write would be an uncaught exception, which Next prints, which fails.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', lose);
}

/**
 * Where log lines go: together, every second or 4 kB, and at the exit. A slow reader delays nothing: lines for which
 * there is no room are dropped, and counted in a line of their own.
 */
export function bufferedLines(to: Writable): { write(line: string): void; flush(): void } {
  let lines = '';
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (to.writableLength > MAX_WAITING) {
      dropped += lines.split('\n').length - 1;
    } else if (lines !== '' || dropped > 0) {
      to.write(dropped > 0 ? `${droppedLine(dropped)}${lines}` : lines);
      dropped = 0;
    }
    lines = '';
  };
  process.once('exit', flush);
  return {
    write(line) {
      lines += line;
      if (lines.length >= TOGETHER) flush();
      else timer ??= setTimeout(flush, WAIT).unref();
    },
    flush,
  };
}

/** As pino would write it, at its level of a warning. */
const droppedLine = (count: number) =>
  `${JSON.stringify({ level: 40, time: Date.now(), dropped: count, msg: 'log lines were dropped: they were not read' })}\n`;
