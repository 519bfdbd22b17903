import { connect, type Socket } from 'node:net';

/** What a run of load came to. */
export interface Load {
  readonly answers: number;
  /** Answers that were no 200. */
  readonly failures: number;
  readonly seconds: number;
  /** Milliseconds that each answer took. */
  readonly times: readonly number[];
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const CLOSES = Buffer.from('\r\nConnection: close\r\n');

/**
 * Keeps this many connections busy, one request at a time each, until the seconds are over. Raw sockets: on a machine of
 * two cores a client that costs more than the server would measure itself.
 */
export async function load(
  port: number,
  target: () => string,
  { connections, seconds, fields = '' }: LoadOptions,
): Promise<Load> {
  const began = performance.now();
  const end = began + seconds * 1_000;
  const count: Count = { answers: 0, failures: 0, times: [] };
  await Promise.all(
    Array.from({ length: connections }, () => keepBusy(port, () => headOf(target(), fields), end, count)),
  );
  return { ...count, seconds: (performance.now() - began) / 1_000 };
}

/** `fields`: further lines of each head, each with its line end. */
export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly fields?: string;
}

interface Count {
  answers: number;
  failures: number;
  readonly times: number[];
}

/** One request after the other, on a new connection wherever the server has ended the last one. */
async function keepBusy(port: number, head: () => string, end: number, count: Count) {
  while (performance.now() < end) await useConnection(port, head, end, count);
}

/** Resolves once the connection is closed: at the end of the time, or with the last answer that the server gives on it. */
function useConnection(port: number, head: () => string, end: number, count: Count) {
  return new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let asked = 0;
    const next = () => {
      asked = performance.now();
      socket.write(head());
    };
    onAnswer(socket, (status, bytes) => {
      const now = performance.now();
      count.answers++;
      count.times.push(now - asked);
      if (status !== 200) count.failures++;
      if (now < end && !bytes.includes(CLOSES)) next();
      else socket.destroy();
    });
    socket.on('connect', next).on('error', reject).on('close', resolve);
  });
}

export function ask(socket: Socket, target: string): void {
  socket.write(headOf(target, ''));
}

const headOf = (target: string, fields: string) =>
  `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n${fields}\r\n`;

/** Calls back with the status and the bytes of every whole answer, by its length or its last chunk. */
export function onAnswer(socket: Socket, answered: (status: number, bytes: Buffer) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  let needed = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    if (needed === 0) {
      const head = bytes.indexOf(END_OF_HEAD);
      if (head < 0) return;
      const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1];
      needed = length === undefined ? -1 : head + 4 + Number(length);
    }
    const whole = needed > 0 ? bytes.length >= needed : bytes.subarray(-5).equals(LAST_CHUNK);
    if (!whole) return;
    const answer = bytes;
    bytes = Buffer.alloc(0);
    needed = 0;
    answered(Number(answer.toString('latin1', 9, 12)), answer);
  });
}
