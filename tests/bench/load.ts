import { connect, type Socket } from 'node:net';

/** What a run of load came to. */
export interface Load {
  readonly answers: number;
  /** Answers that were no 200. */
  readonly failures: number;
  readonly seconds: number;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/**
 * Keeps this many connections busy, one request at a time each. Raw sockets: on a machine of two cores a client that
 * costs more than the server would measure itself.
 */
export async function load(port: number, target: () => string, connections: number, seconds: number): Promise<Load> {
  const began = performance.now();
  const end = began + seconds * 1_000;
  const count = { answers: 0, failures: 0 };
  await Promise.all(Array.from({ length: connections }, () => keepBusy(port, target, end, count)));
  return { ...count, seconds: (performance.now() - began) / 1_000 };
}

function keepBusy(port: number, target: () => string, end: number, count: { answers: number; failures: number }) {
  return new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    const next = () => ask(socket, target());
    onAnswer(socket, (status) => {
      count.answers++;
      if (status !== 200) count.failures++;
      if (performance.now() < end) next();
      else socket.destroy();
    });
    socket.on('connect', next).on('error', reject).on('close', resolve);
  });
}

function ask(socket: Socket, target: string): void {
  socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n`);
}

/** Calls back with the status of every whole answer, by its length or its last chunk. */
function onAnswer(socket: Socket, answered: (status: number) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  let needed = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    if (needed === 0) {
      const head = bytes.indexOf(END_OF_HEAD);
      if (head < 0) return;
      const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.latin1Slice(0, head))?.[1];
      needed = length === undefined ? -1 : head + 4 + Number(length);
    }
    const whole = needed > 0 ? bytes.length >= needed : bytes.subarray(-5).equals(LAST_CHUNK);
    if (!whole) return;
    const status = Number(bytes.latin1Slice(9, 12));
    bytes = Buffer.alloc(0);
    needed = 0;
    answered(status);
  });
}

/** Milliseconds that each of these targets took, asked for at a steady rate, in turn, whatever is still under way. */
export async function pace(
  targets: readonly { readonly port: number; readonly target: () => string }[],
  perSecond: number,
  seconds: number,
): Promise<number[][]> {
  const interval = 1_000 / perSecond / targets.length;
  const times: number[][] = targets.map(() => []);
  const lines = await Promise.all(targets.map(({ port }) => openLine(port)));
  const under: Promise<void>[] = [];
  const began = performance.now();
  for (let tick = 0; tick * interval < seconds * 1_000; tick++) {
    const due = began + tick * interval;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    const which = tick % targets.length;
    under.push(lines[which]?.(targets[which]?.target() ?? '/').then((time) => void times[which]?.push(time)) as never);
  }
  await Promise.all(under);
  for (const line of lines) line(undefined);
  return times;
}

type Line = (target: string | undefined) => Promise<number>;

/** Connections to one port, one for every request under way; without a target all are closed. */
async function openLine(port: number): Promise<Line> {
  const idle: Socket[] = [];
  const all: Socket[] = [];
  const waiting = new Map<Socket, (time: number) => void>();
  const open = () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket));
      socket.setNoDelay(true);
      socket.on('error', reject);
      socket.on('close', () => idle.includes(socket) && idle.splice(idle.indexOf(socket), 1));
      onAnswer(socket, () => waiting.get(socket)?.(performance.now()));
      all.push(socket);
    });
  idle.push(...(await Promise.all([open(), open(), open(), open()])));
  return async (target) => {
    if (target === undefined) {
      for (const socket of all) socket.destroy();
      return 0;
    }
    const socket = idle.pop() ?? (await open());
    const began = performance.now();
    const ended = await new Promise<number>((resolve) => {
      waiting.set(socket, resolve);
      ask(socket, target);
    });
    idle.push(socket);
    return ended - began;
  };
}
