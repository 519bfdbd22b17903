/** One event of a `text/event-stream`, before it is written. */
interface EventFields {
  readonly event: string;
  readonly id?: string;
  readonly data: string;
}

const LINE_ENDS = /\r\n|\r|\n/;

/**
 * Writes an event (WHATWG HTML §9.2.5). Line ends in `data` become lines of their own, and all arrive as LF. Throws a
 * RangeError where a name or an id could not be read back as it is.
 */
export function frame({ event, id, data }: EventFields): Buffer {
  let text = `event: ${fieldOf(event)}\n`;
  if (id !== undefined) text += `id: ${fieldOf(id)}\n`;
  for (const line of data.split(LINE_ENDS)) text += `data: ${line}\n`;
  return Buffer.from(`${text}\n`);
}

/** A comment, which clients skip. No empty line ends it: some clients make an event of whatever one ends. */
export const heartbeat = (): Buffer => BEAT;
const BEAT = Buffer.from(':\n');

/** Moves the position from which a client resumes, if no event has done so for long. */
export function resumeFrom(id: string): Buffer {
  return frame({ event: 'position', id, data: '{}' });
}

/** Says that events were missed for good, and from where on none are. */
export function reset(id: string): Buffer {
  return frame({ event: 'reset', id, data: '{}' });
}

/** How long a client is to wait before it comes back, in milliseconds: a field of the event that is sent next. */
export function retryLine(milliseconds: number): Buffer {
  return Buffer.from(`retry: ${Math.round(milliseconds)}\n`);
}

/** The last event of a stream that ends as it should and is to be opened again. */
export function reconnect(milliseconds: number): Buffer {
  const after = Math.round(milliseconds);
  return Buffer.concat([retryLine(after), frame({ event: 'reconnect', data: JSON.stringify({ after }) })]);
}

/** A client drops an id with a NUL, and takes what comes after a line end for another field. */
function fieldOf(value: string): string {
  if (/[\0\r\n]/.test(value)) throw new RangeError('an event’s name and id have neither NUL nor line ends');
  return value;
}
