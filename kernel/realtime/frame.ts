/** One event of a `text/event-stream`, before it is written. */
export interface Fields {
  readonly event: string;
  readonly id?: string;
  readonly data: string;
}

const LINE_ENDS = /\r\n|\r|\n/;

/**
 * Writes an event (WHATWG HTML §9.2.5). Line ends in `data` become lines of their own, and all arrive as LF. Throws a
 * RangeError where a name or an id could not be read back as it is.
 */
export function frame({ event, id, data }: Fields): Buffer {
  let text = `event: ${fieldOf(event)}\n`;
  if (id !== undefined) text += `id: ${fieldOf(id)}\n`;
  for (const line of data.split(LINE_ENDS)) text += `data: ${line}\n`;
  return Buffer.from(`${text}\n`);
}

/** A comment, which clients skip; with an id it moves the place from which they resume, and nothing else. */
export function heartbeat(id?: string): Buffer {
  return Buffer.from(id === undefined ? ':\n\n' : `:\nid: ${fieldOf(id)}\n\n`);
}

/** Says that events were missed for good, and from where on none are. */
export function reset(id: string): Buffer {
  return frame({ event: 'reset', id, data: '{}' });
}

/** How long a client is to wait before it comes back, in milliseconds. */
export function retry(milliseconds: number): Buffer {
  return Buffer.from(`retry: ${Math.round(milliseconds)}\n\n`);
}

/** A client drops an id with a NUL, and takes what comes after a line end for another field. */
function fieldOf(value: string): string {
  if (/[\0\r\n]/.test(value)) throw new RangeError('an event’s name and id have neither NUL nor line ends');
  return value;
}
