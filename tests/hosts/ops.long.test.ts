import { readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { LIMITS } from '#operations/shape/ops/findings.ts';
import type { OpsStatus } from '#schemas/view/server/ops-status.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';

const TOKEN = 'a-token-of-this-test-and-of-nothing-else';
const ADDRESSES = ['/api/ops/status', '/api/metrics'];
const MANY = 30;

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** fetch chooses the Host by itself. */
function ask({ port }: Pick<Running, 'port'>, path: string, headers: Record<string, string> = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    })
      .on('error', reject)
      .end();
  });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const statusOf = async (host: Running, query = '', headers = {}) =>
  JSON.parse((await ask(host, `/api/ops/status${query}`, headers)).text) as OpsStatus;

/** How busy this process is depends on the machine, and is nothing that these tests are about. */
const ofOthers = (findings: OpsStatus['findings']) => findings.filter(({ about }) => about !== 'process');

/** What runs on this machine under another name, or is reached from elsewhere. */
const STRANGERS: Readonly<Record<string, Record<string, string>>> = {
  'by a foreign name': { host: 'evil.example' },
  'from the network': { 'x-forwarded-for': '203.0.113.9' },
  'through somebody who does not say for whom': { 'x-real-ip': '127.0.0.1' },
  'with a token, where there is none': { 'x-forwarded-for': '203.0.113.9', ...bearer(TOKEN) },
};

describe.each(['lean', 'next'] as const)('on the %s host', (kind) => {
  describe('without a token', () => {
    let host: Running;
    beforeAll(async () => {
      host = await runHost(kind, { ...over(mocks), TRUSTED_PROXIES: '1' });
    });
    afterAll(() => stop(host));

    test.each(ADDRESSES)('%s is for this machine, and never stored', async (path) => {
      const { status, headers } = await ask(host, path);
      expect(status).toBe(200);
      expect(headers['cache-control']).toContain('no-store');
      expect(headers.etag).toBeUndefined();
    });

    test.each(Object.entries(STRANGERS))(
      'any client that asks %s finds nothing, as anywhere else',
      async (_, headers) => {
        for (const path of ADDRESSES) {
          const { status, text } = await ask(host, path, headers);
          const nowhere = await ask(host, `${path}-nowhere`, headers);
          expect([status, JSON.parse(text).detail]).toEqual([404, `Nothing is offered at ${path}.`]);
          expect(JSON.parse(nowhere.text).type).toBe(JSON.parse(text).type);
        }
      },
    );

    test('no one can watch them, by the address or through the stream of events', async () => {
      expect((await ask(host, '/api/ops/status', { accept: 'text/event-stream' })).status).toBe(406);
      const stop = new AbortController();
      const { body } = await fetch(`${host.url}/api/events?watch=${encodeURIComponent('/api/ops/status')}`, {
        headers: { accept: 'text/event-stream', 'x-forwarded-for': '203.0.113.9' },
        signal: stop.signal,
      });
      let text = '';
      for await (const chunk of body ?? []) {
        text += Buffer.from(chunk).toString();
        if (/event: (problem|snapshot)/.test(text) || !text.includes('retry')) break;
      }
      stop.abort();
      expect(text).toMatch(/not-acceptable/);
      expect(text).not.toContain('upstreams');
    });

    test('a scenario is shown in its lane, and hurts no other lane', async () => {
      for (let count = 0; count < MANY; count++)
        await ask(host, `/api/products/p-0000${10 + count}`, { 'x-scenario': 'reviews=down' });
      const plain = await statusOf(host);
      expect([ofOthers(plain.findings), plain.lanes]).toEqual([[], ['reviews=down']]);
      expect(plain.operations.find(({ id }) => id === 'getProduct')).toBeUndefined();
      const played = await statusOf(host, '?lane=reviews%3Ddown');
      const [worst] = played.upstreams;
      expect([worst?.name, worst?.state, worst?.breaker.state]).toEqual(['reviews', 'down', 'open']);
      expect(worst?.harm).toContainEqual(expect.objectContaining({ operation: 'getProduct', section: 'rating' }));
      expect((await ask(host, '/api/ops/status?lane=nobody')).status).toBe(404);
    });
  });

  describe('with a token, and the inspector switched off', () => {
    let host: Running;
    beforeAll(async () => {
      host = await runHost(kind, { ...over(mocks), INSPECTOR: 'off', INSPECTOR_TOKEN: TOKEN, TRUSTED_PROXIES: '1' });
    });
    afterAll(() => stop(host));

    test.each([
      ['no token', {}],
      ['half of it', bearer(TOKEN.slice(1))],
      ['more than it', bearer(`${TOKEN}x`)],
      ['none after the scheme', { authorization: 'Bearer' }],
      ['another scheme', { authorization: `Basic ${TOKEN}` }],
      ['a cookie that was made up', { cookie: `inspector=9999999999.${'A'.repeat(43)}` }],
    ])('%s is refused, also on this machine, and the answer says how to ask', async (_, headers) => {
      for (const path of ADDRESSES) {
        const answer = await ask(host, path, headers as Record<string, string>);
        expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
        expect(answer.text).not.toMatch(/tributary_|upstreams/);
      }
    });

    test('the token opens them from anywhere, and the inspector stays away', async () => {
      for (const path of ADDRESSES)
        expect((await ask(host, path, { ...bearer(TOKEN), 'x-forwarded-for': '203.0.113.9' })).status).toBe(200);
      expect((await ask(host, '/inspector', bearer(TOKEN))).status).toBe(404);
    });
  });

  describe('where reviews fails', () => {
    let host: Running;
    let broken: Server;
    beforeAll(async () => {
      broken = createServer((_, response) => response.writeHead(500).end()).listen(0, '127.0.0.1');
      await new Promise((resolve) => broken.once('listening', resolve));
      const { port } = broken.address() as AddressInfo;
      host = await runHost(kind, { ...over(mocks), REVIEWS_URL: `http://127.0.0.1:${port}/` });
      for (let count = 0; count < MANY; count++) await ask(host, `/api/products/p-0000${10 + count}`);
    });
    afterAll(async () => {
      await stop(host);
      await new Promise((resolve) => broken.close(resolve));
    });

    test('the status says so first, with its breaker, whom it hurts, and what was never called', async () => {
      const { state, findings, upstreams, operations, store } = await statusOf(host);
      expect([state, store]).toEqual(['hurting', 'reachable']);
      expect(
        ofOthers(findings)
          .slice(0, 2)
          .map(({ alert, about }) => [alert, about]),
      ).toEqual([
        ['UpstreamDown', 'reviews'],
        ['CompletenessLow', 'getProduct'],
      ]);
      const [reviews] = upstreams;
      expect(reviews).toMatchObject({ name: 'reviews', mode: 'live', state: 'down', lastGood: null });
      expect(reviews?.breaker.state).not.toBe('closed');
      expect(reviews?.harm).toContainEqual(expect.objectContaining({ operation: 'getProduct', section: 'rating' }));
      const orders = upstreams.find(({ name }) => name === 'orders');
      expect(orders).toMatchObject({ mode: 'mocked', state: 'no-traffic', p50: null, p95: null });
      const product = operations.find(({ id }) => id === 'getProduct');
      expect(product).toMatchObject({ requests: MANY, whole: 0, partial: MANY, failed: 0, completeness: 0 });
    });

    test('Prometheus reads the same', async () => {
      const { text, headers } = await ask(host, '/api/metrics');
      expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
      for (const line of text.split('\n'))
        expect(line).toMatch(
          /^(?:|# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? (?:[-+.\de]+|Nan))$/,
        );
      const value = (sample: string) =>
        Number(
          text
            .split('\n')
            .find((line) => line.startsWith(`${sample} `))
            ?.split(' ')[1],
        );
      expect(value('tributary_upstream_breaker_state{upstream="reviews",state="closed"}')).toBe(0);
      expect(value('tributary_answers_total{operation="getProduct",outcome="partial"}')).toBe(MANY);
      expect(value('tributary_upstream_failures_total{upstream="reviews",reason="unavailable"}')).toBeGreaterThan(4);
      expect(text).not.toContain('tributary_upstream_duration_p95_seconds{upstream="orders"}');
    });

    test('every alert speaks of what is there, within our limits, and has its section in the runbook', async () => {
      const { text } = await ask(host, '/api/metrics');
      const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
      const labels = new Map([...text.matchAll(/^(\w+)\{([^}]*)\}/gm)].map(([, name, pairs]) => [name, pairs]));
      const runbook = readFileSync('docs/runbook.md', 'utf8');
      const sections = new Set([...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title?.toLowerCase()));
      const { groups } = parse(readFileSync('docs/alerts.yml', 'utf8')) as {
        groups: {
          rules: { alert?: string; record?: string; expr: string; annotations?: { runbook_url: string } }[];
        }[];
      };
      const all = groups.flatMap((group) => group.rules);
      const recorded = all.flatMap(({ record }) => record ?? []);
      const { panels } = JSON.parse(readFileSync('deploy/grafana/tributary.json', 'utf8')) as {
        panels: { targets?: { expr: string }[] }[];
      };
      const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
      expect(shown.length).toBeGreaterThan(20);
      for (const expr of [...shown, ...all.map(({ expr }) => expr)]) {
        const names = [...expr.matchAll(/\b(?:tributary|process|nodejs)_\w+/g)].map(([name]) =>
          name.replace(/_(?:bucket|sum|count)$/, ''),
        );
        const ours = [...expr.matchAll(/\btributary:[\w:]+/g)].map(([name]) => name);
        expect(names.length + ours.length).toBeGreaterThan(0);
        // Of a shared cache and a CDN there are figures only where there is one.
        const unknown = names.filter((name) => !known.has(name) && !/^tributary_(?:cache_tier|cdn)_/.test(name));
        expect(unknown).toEqual([]);
        expect(ours.filter((name) => !recorded.includes(name))).toEqual([]);
      }
      const rules = all.filter(({ alert }) => alert !== undefined);
      for (const { alert = '', expr, annotations } of rules) {
        for (const [, name, pairs] of expr.matchAll(/(tributary_\w+)\{([^}]*)\}/g))
          for (const [, label] of (pairs ?? '').matchAll(/(\w+)(?:=|!=|=~|!~)"/g))
            expect(labels.get(name as string), `${alert}: ${name}`).toContain(`${label}="`);
        expect(annotations?.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
        expect(sections).toContain(alert.toLowerCase());
      }
      const limitOf = (alert: string) =>
        Number(/[<>] ([\d.]+)/.exec(rules.find((rule) => rule.alert === alert)?.expr ?? '')?.[1]);
      expect({
        refused: limitOf('Overloaded'),
        lost: limitOf('ProcessBusy'),
        completeness: limitOf('CompletenessLow'),
        errors: limitOf('UpstreamErrors'),
        slow: limitOf('OperationSlow'),
        parked: limitOf('InboxParked'),
        overdue: limitOf('InboxOverdue') * 1_000,
        cdnOverdue: limitOf('CdnPurgeLate') * 1_000,
      }).toEqual(LIMITS);
    });
  });
});
