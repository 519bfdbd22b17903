import { type ChildProcess, fork } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '#tests/support/until.ts';
import type { Order, Told } from './processes/load.ts';

const PER_SECOND = 200;
const MOST = 5;

/** A server that holds every answer back until it is told, and the load process. */
async function held() {
  const held: ServerResponse[] = [];
  let open = false;
  const targets = new Set<string>();
  const server = createServer((request, response) => {
    targets.add(request.url ?? '');
    if (open) response.end('{}');
    else held.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const child = fork(new URL('processes/load.ts', import.meta.url), { serialization: 'advanced', execArgv: [] });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await next(child);
  const { port } = server.address() as AddressInfo;
  const release = () => {
    open = true;
    for (const response of held) response.end('{}');
  };
  return { held, targets, release, port, order: (order: Order) => void child.send(order), child };
}

const next = <T>(child: ChildProcess) =>
  new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T)));

test('requests are due at their rate, whatever becomes of those before, over so many connections', async () => {
  const { held: waiting, targets, release, port, order, child } = await held();
  order({ lines: [{ port, targets: ['/{}'], most: MOST }] });
  order({ line: 0, rate: PER_SECOND });
  await until('all connections are busy', () => waiting.length === MOST);
  // Nothing is answered, and yet more and more is asked for: it waits, and its time runs.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(waiting).toHaveLength(MOST);
  release();
  await until('those that waited have come', () => targets.size > 4 * MOST);
  const told = next<Told[]>(child);
  order('finish');
  const [line] = await told;
  const due = [...(line?.due ?? [])].sort((a, b) => a - b);
  expect(due.length).toBe(targets.size);
  const [first = 0] = due;
  const late = due.map((moment, place) => Math.abs(moment - first - (place * 1_000) / PER_SECOND));
  expect(Math.max(...late)).toBeLessThan(0.1);
  expect(line?.words).toEqual(['whole']);
});

test('what has become of requests so far is reported once', async () => {
  const { targets, release, port, order, child } = await held();
  release();
  order({ lines: [{ port, targets: ['/a', '/b/{known}'], most: MOST }] });
  order({ line: 0, rate: PER_SECOND });
  await until('some have come', () => targets.size > MOST);
  const looked = next<Told[]>(child);
  order('look');
  const before = await looked;
  const finished = next<Told[]>(child);
  order('finish');
  const after = await finished;
  const dues = [...before, ...after].flatMap(({ due }) => [...due]);
  expect(new Set(dues).size).toBe(dues.length);
  expect([...targets].every((target) => target === '/a' || /^\/b\/p-00\d{4}$/.test(target))).toBe(true);
});
