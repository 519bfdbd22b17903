import { processSingleton } from '#kernel/base/registry.ts';
import { masked } from './mask.ts';

/** One line of the log that a request wrote, as it may be shown. */
export interface LogLine {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of pino: 30 is information, 40 a warning, 50 an error. */
  readonly level: number;
  readonly message: string | undefined;
  /** What else it says, masked; of an error its stack line by line. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const CAPACITY = 1_000;
/** The maximum length of a line: of a longer one only its head is recorded. */
const MAX_LENGTH = 8_192;

interface Ring {
  on: boolean;
  readonly lines: (LogLine | undefined)[];
  next: number;
}

const ring = (): Ring =>
  processSingleton('log lines', () => ({ on: false, lines: new Array(CAPACITY).fill(undefined), next: 0 }));

/** Starts recording lines: while the inspector is on. */
export function startRecordingLogLines(): void {
  ring().on = true;
}

/** Records a line that was written to the log as JSON, in place of the oldest, if it belongs to a request. */
export function recordLogLine(text: string): void {
  const buffer = ring();
  if (!buffer.on) return;
  const { id, time, level, msg, ...fields } = JSON.parse(text) as Record<string, unknown>;
  // What has a sender is a webhook's, under an id that its sender gave it.
  if (typeof id !== 'string' || id === '' || fields.sender !== undefined) return;
  const message = typeof msg === 'string' ? (masked(msg.slice(0, MAX_LENGTH), 'named') as string) : undefined;
  const recorded = text.length > MAX_LENGTH ? { cut: `${text.length} characters` } : withLines(fields);
  buffer.lines[buffer.next] = {
    id,
    at: Number(time),
    level: Number(level),
    message,
    fields: masked(recorded, 'named') as LogLine['fields'],
  };
  buffer.next = (buffer.next + 1) % CAPACITY;
}

/** A stack is masked line by line: one line that gives something away does not hide the others. */
function withLines(fields: Record<string, unknown>): Record<string, unknown> {
  const { err } = fields;
  const stack = (err as { stack?: unknown } | undefined)?.stack;
  return typeof stack === 'string' ? { ...fields, err: { ...(err as object), stack: stack.split('\n') } } : fields;
}

/** What a request wrote, oldest first. */
export function logLinesOf(id: string): LogLine[] {
  const { lines, next } = ring();
  return [...lines.slice(next), ...lines.slice(0, next)].filter((line) => line?.id === id) as LogLine[];
}
