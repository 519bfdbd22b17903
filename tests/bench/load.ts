import { connect, type Socket } from 'node:net';
import { ask, onAnswer } from '../support/load.ts';

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
