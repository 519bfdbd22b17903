import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { otlpSender } from '#host/tracing/otlp.ts';
import { type SendTraces, startTraceExporter } from '#host/tracing/trace-exporter.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import { newTrace } from '#kernel/telemetry/context/trace-context.ts';
import { MAX_WAITING, outbox, recordTrace } from '#kernel/telemetry/record-trace.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { type Collector, startCollector } from '#tests/support/collector.ts';
import { PATIENCE } from '#tests/support/patience.ts';

const PLACE = { publicUrl: 'https://shop.test', operations: new Map(), upstreams: {} };
/** For collectors that never answer. */
const QUICK = { timeout: 200, cutAfter: 400 };
/** For those that do, on however slow a machine. */
const PATIENT = { timeout: PATIENCE / 2, cutAfter: PATIENCE };

const trace = (): RequestTrace => ({
  id: 'a',
  at: 1_800_000_000_000,
  method: 'GET',
  target: '/',
  operation: 'getThing',
  lane: '',
  status: 200,
  duration: 1,
  deadline: 1_000,
  bytesOut: 0,
  cache: 'miss',
  sections: {},
  calls: [],
  context: newTrace(),
});

beforeEach(resetRegistry);

describe('the way to a collector', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector();
  });
  afterEach(() => collector.close());

  const sender = (patience = PATIENT, url = collector.url) =>
    otlpSender({ url, headers: { key: 'k' }, resource: {} }, PLACE, patience);

  test('what it takes is sent', async () => {
    const send = await sender();
    await send([trace(), trace()]);
    expect(collector.spans.map(({ name }) => name)).toEqual(['GET', 'GET']);
    expect(collector.headers[0]).toMatchObject({ key: 'k', 'content-type': 'application/json' });
  });

  test.each<[string, typeof QUICK, Collector['answer'], RegExp]>([
    ['refuses', PATIENT, (response) => response.writeHead(401).end('your key is swordfish'), /^it answered 401$/],
    ['fails', PATIENT, (response) => response.writeHead(500).end('swordfish'), /^it answered 500$/],
    ['asks to wait', QUICK, (response) => response.writeHead(503, { 'retry-after': '60' }).end(), /./],
    ['hangs', QUICK, () => {}, /timed out|no answer/i],
    ['breaks off', QUICK, (response) => response.destroy(), /./],
    ['answers half', QUICK, (response) => void response.writeHead(400).write('half'), /./],
    [
      'never ends',
      QUICK,
      (response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
      /^no answer within 400 ms$/,
    ],
    ['answers without end', PATIENT, (response) => response.writeHead(200).end(Buffer.alloc(5 << 20)), /exceeded/],
  ])('one that %s is an error, and is asked again', async (_, patience, answer, message) => {
    const send = await sender(patience);
    collector.answer = answer;
    const error = await send([trace()]).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain('swordfish');
    collector.answer = (response) => response.writeHead(200).end();
    const outcome = () =>
      send([trace()]).then(
        () => 'taken',
        (thrown: Error) => thrown.message,
      );
    await expect.poll(outcome).toBe('taken');
  });

  test('one that is away is an error', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    await expect((await sender(QUICK, `http://127.0.0.1:${port}`))([trace()])).rejects.toThrow();
  });
});

describe('the queue', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
    outbox().sampling = { ratio: 1, slow: undefined };
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const failing: SendTraces = () => Promise.reject(new Error('it is away'));

  test('is sent once a second, in order', async () => {
    const sent: RequestTrace[] = [];
    const exporter = startTraceExporter(async (some) => void sent.push(...some), expect.fail);
    const traces = Array.from({ length: 100 }, trace);
    for (const one of traces) recordTrace(one);
    await vi.advanceTimersByTimeAsync(999);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual(traces);
    expect(outbox()).toMatchObject({ exported: 100, lost: { full: 0, failed: 0 } });
    await exporter.stop(1_000);
  });

  test('what is lost is counted, and reported once a minute', async () => {
    const told: string[] = [];
    const exporter = startTraceExporter(failing, (message) => told.push(message));
    for (let second = 0; second < 130; second++) {
      for (let count = 0; count < 10; count++) recordTrace(trace());
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(outbox().lost.failed).toBe(1_300);
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThan(4);
    expect(told[0]).toMatch(/^\d+ traces could not be exported\. The collector: it is away$/);
    await exporter.stop(1_000);
  });

  test('a collector that hangs takes one batch, and memory for no more than the queue', async () => {
    const told: string[] = [];
    let calls = 0;
    const hangs = () => {
      calls++;
      return new Promise<void>(() => {});
    };
    const exporter = startTraceExporter(hangs, (message) => told.push(message));
    recordTrace(trace());
    await vi.advanceTimersByTimeAsync(1_000);
    for (let count = 0; count < MAX_WAITING + 50; count++) recordTrace(trace());
    await vi.advanceTimersByTimeAsync(5_000);
    expect([calls, outbox().waiting.length, outbox().lost.full]).toEqual([1, MAX_WAITING, 50]);
    expect(told).toEqual(['50 traces could not be exported. The collector: it does not keep up']);
    const stopped = exporter.stop(3_000);
    await vi.advanceTimersByTimeAsync(3_000);
    await stopped;
  });

  test('what waits at the end is sent', async () => {
    const sent: RequestTrace[] = [];
    const exporter = startTraceExporter(async (some) => void sent.push(...some), expect.fail);
    for (let count = 0; count < 70; count++) recordTrace(trace());
    await exporter.stop(1_000);
    expect(sent).toHaveLength(70);
  });

  test('nothing waits where nothing is exported', () => {
    outbox().sampling = undefined;
    recordTrace(trace());
    expect(outbox().waiting).toEqual([]);
  });
});
