import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { freePort, over, type Running, runHost, stop } from '#tests/support/host.ts';
import { UNHURRIED } from '#tests/support/patience.ts';

const TOKEN = 'a-token-of-this-test-and-of-nothing-else';

let mocks: MockServer;
/** Answers every request with JSON that fits nothing. */
let strange: Server;
let well: Running;
let locked: Running;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
  strange = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"unlike":"anything"}'),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => strange.once('listening', resolve));
  well = await runHost('lean', over(mocks));
  locked = await runHost('lean', {
    ...over(mocks),
    INSPECTOR_TOKEN: TOKEN,
    REVIEWS_URL: addressOf(strange),
  });
  for (let count = 0; count < 30; count++) await fetch(`${locked.url}/api/products/p-0000${10 + count}`);
});
afterAll(async () => {
  await Promise.all([well, locked].map(stop));
  await mocks.close();
  await new Promise((resolve) => strange.close(resolve));
});

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

interface Said {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

function doctor(args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const { PATH } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['scripts/doctor.ts', ...args],
      { env: { PATH, DEADLINE_SCALE: String(UNHURRIED), ...env } as unknown as NodeJS.ProcessEnv },
      (error, out, errors) => resolve({ code: Number(error?.code ?? 0), out, errors }),
    );
  });
}

describe('a running server', () => {
  test('that is well ends with 0', async () => {
    const { code, out } = await doctor(['--url', well.url]);
    expect(out).toContain(`${well.url}: well.`);
    expect(out).toMatch(/^orders +mocked +no traffic +0 +– +– /m);
    expect([code, out.trimEnd().split('\n').at(-1)]).toEqual([0, 'Nothing hurts.']);
  });

  test('is the one of PUBLIC_URL where no upstream has a URL', async () => {
    expect((await doctor([], { PUBLIC_URL: well.url })).out).toContain(`${well.url}: well.`);
  });

  test('that hurts ends with 1, and says what to do, worst first, without a colour', async () => {
    const { code, out } = await doctor(['--url', locked.url], { INSPECTOR_TOKEN: TOKEN });
    expect(code).toBe(1);
    expect(out).toMatch(/^reviews +live +degraded .*contract \d+/m);
    expect(out).toMatch(/^getProduct +0 % +30 /m);
    expect(out).toMatch(
      // How busy this machine leaves the process is told before it.
      /worst first:\n(?:\d\. This process [\s\S]*)?\d\. getProduct: 0 % of its answers are whole.* of reviews\.\n.*\n +docs\/runbook\.md#completenesslow/,
    );
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain(TOKEN);
  });

  test.each([
    ['nobody is there', async () => [`http://127.0.0.1:${await freePort()}`], /ECONNREFUSED/],
    ['it wants a token', async () => [locked.url], /set INSPECTOR_TOKEN/],
    ['it wants another', async () => [locked.url, { INSPECTOR_TOKEN: `${TOKEN}x` }], /takes another token/],
    ['it is something else', async () => [addressOf(strange)], /no status of ours/],
    ['it is no address', async () => ['shop.example.com'], /no http\(s\) URL/],
    ['others could read the token', async () => ['http://shop.example', { INSPECTOR_TOKEN: TOKEN }], /plain http/],
  ] as [string, () => Promise<[string, Record<string, string>?]>, RegExp][])(
    'can’t be asked where %s, and that ends with 2',
    async (_, given, says) => {
      const [url, env] = await given();
      const { code, out, errors } = await doctor(['--url', url], env);
      expect([code, out]).toEqual([2, '']);
      expect(errors).toMatch(says);
      expect(errors).not.toContain(TOKEN);
    },
  );

  test('explains itself', async () => {
    const { code, errors } = await doctor(['--nothing']);
    expect([code, errors]).toEqual([2, "Unknown option '--nothing'. It takes --url <…>, --lane <…> and --help.\n"]);
  });
});

describe('live upstreams', () => {
  const mock = (name: string) => `http://127.0.0.1:${mocks.port}/${name}/`;

  test('that answer as our schemas have it end with 0', async () => {
    const { code, out } = await doctor([], {
      CATALOG_URL: mock('catalog'),
      PRICING_URL: mock('pricing'),
      ORDERS_URL: mock('orders'),
    });
    expect(out).toMatch(/^catalog +GET products\/\{\} +yes +none +taken +fits /m);
    expect(out).toMatch(/^pricing +batch quotes +yes +none +taken +fits /m);
    expect(out).toMatch(/^orders +GET orders +yes +none +wants a user +\? /m);
    expect(out).toMatch(/^Mocked: inventory, /m);
    expect(code).toBe(0);
  });

  test('that don’t end with 1, and say which field', async () => {
    const { code, out } = await doctor([], {
      CATALOG_URL: addressOf(strange),
      CONTENT_URL: `http://127.0.0.1:${await freePort()}/`,
    });
    expect(code).toBe(1);
    expect(out).toMatch(/^catalog +GET products\/\{\} +yes +none +taken +does not fit /m);
    expect(out).toMatch(/catalog, GET products\/\{\}: product_id: .*expected string/);
    expect(out).toMatch(/^content +.* no +\? /m);
    expect(out).toMatch(/worst first:\n1\. content, .*ECONNREFUSED/);
  });

  test('with an environment that is not right no upstream is asked', async () => {
    const { code, errors } = await doctor([], { CATALOG_URL: 'ftp://x' });
    expect([code, errors.split('\n')[0]]).toEqual([2, 'One variable is not right:']);
  });
});
