import { connect, type Socket } from 'node:net';
import { PATIENCE } from '#tests/support/patience.ts';

export interface Reply {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One connection, written byte by byte: what a client library would tidy up goes out as it stands. */
export interface Wire {
  send(text: string): void;
  /** The next whole answer; undefined where the connection ends before there is one. */
  read(): Promise<Reply | undefined>;
  /** Resolves once the other side has closed it. */
  readonly closed: Promise<void>;
  close(): void;
}

export async function openWire(port: number): Promise<Wire> {
  const socket: Socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let bytes = '';
  let over = false;
  let waiting: (() => void) | undefined;
  const closed = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      waiting?.();
      resolve();
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.on('error', end);
  });
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    bytes += text;
    waiting?.();
  });
  return {
    send: (text) => socket.write(text, 'latin1'),
    async read() {
      while (true) {
        const reply = parse(bytes, over);
        if (reply) {
          bytes = bytes.slice(reply.length);
          return reply;
        }
        if (over) return undefined;
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
    },
    closed,
    close: () => socket.destroy(),
  };
}

/** Sends these bytes on a connection of their own, and reads one answer. */
export async function exchange(port: number, text: string): Promise<Reply | undefined> {
  const wire = await openWire(port);
  wire.send(text);
  const hung = setTimeout(() => wire.close(), PATIENCE);
  const reply = await wire.read();
  clearTimeout(hung);
  wire.close();
  return reply;
}

/** A request's bytes; `lines` are its header fields, as they are to stand. */
export function bytesOf(method: string, target: string, lines: readonly string[] = ['Host: shop.test']): string {
  return [`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

function parse(bytes: string, over: boolean): (Reply & { length: number }) | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.slice(0, end).split('\r\n');
  const status = Number(first.split(' ')[1]);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const rest = bytes.slice(end + 4);
  if (headers['transfer-encoding'] === 'chunked') {
    const chunks = unchunk(rest);
    return chunks && { status, headers, body: chunks.body, length: end + 4 + chunks.length };
  }
  const size = headers['content-length'] ?? (status === 100 || status === 204 || status === 304 ? '0' : undefined);
  if (size === undefined) return over ? { status, headers, body: rest, length: bytes.length } : undefined;
  if (rest.length < Number(size)) return undefined;
  return { status, headers, body: rest.slice(0, Number(size)), length: end + 4 + Number(size) };
}

function unchunk(text: string): { body: string; length: number } | undefined {
  let body = '';
  let at = 0;
  while (true) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    at = line + 2;
    if (text.length < at + size + 2) return undefined;
    body += text.slice(at, at + size);
    at += size + 2;
    if (size === 0) return { body, length: at };
  }
}
