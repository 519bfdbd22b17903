import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { TraceFile } from '#schemas/view/server/trace-file.ts';
import { IN_A_HURRY, over, type Running, runHost, stop, TOO_SLOW } from '#tests/support/host.ts';
import { until } from '#tests/support/until.ts';

const TOKEN = 'a-token-of-at-least-32-characters-for-tests';

let mocks: MockServer;
let lean: Running;
let next: Running;
let guarded: Running;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-trace-'));
  mocks = await startMockServer(0, { latency: 'none', slow: TOO_SLOW });
  [lean, next, guarded] = await Promise.all([
    runHost('lean', { ...over(mocks), ...IN_A_HURRY }),
    runHost('next', over(mocks)),
    runHost('lean', { ...over(mocks), INSPECTOR: 'on', INSPECTOR_TOKEN: TOKEN, LOG_LEVEL: 'info' }),
  ]);
});
afterAll(async () => {
  await Promise.all([lean, next, guarded].map((one) => one && stop(one)));
  await mocks?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a script as npm does. */
function script(name: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const all = {
    PATH: process.env.PATH,
    TMPDIR: process.env.TMPDIR ?? tmpdir(),
    ...env,
  } as unknown as NodeJS.ProcessEnv;
  return new Promise((resolve) => {
    execFile(process.execPath, [`scripts/${name}.ts`, ...args], { env: all }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
}

async function ask(host: Running, path: string, id: string, scenario?: string): Promise<void> {
  const headers = { 'x-request-id': id, ...(scenario === undefined ? {} : { 'x-scenario': scenario }) };
  await (await fetch(host.url + path, { headers })).text();
}
const fileOf = (host: Running, id: string, headers: Record<string, string> = {}) =>
  fetch(`${host.url}/inspector/requests/${id}/trace.json`, { headers });

/** A downloaded trace, with what a test makes of it. */
async function download(id: string, change: (trace: TraceFile) => unknown = (trace) => trace): Promise<string> {
  const file = join(folder, `${id}.json`);
  const trace = TraceFile.parse(await (await fileOf(lean, id)).json());
  writeFileSync(file, JSON.stringify(change(trace)));
  return file;
}

describe('npm run trace', () => {
  test.each(['lean', 'next'] as const)('prints what the inspector of %s says, in its words', async (kind) => {
    const host = kind === 'lean' ? lean : next;
    await ask(host, '/api/products/p-000042', `trace-${kind}`, 'reviews=down');
    const { code, output } = await script('trace', [`trace-${kind}`, '--url', host.url]);
    const page = await (await fetch(`${host.url}/inspector/requests/trace-${kind}`)).text();
    const [title = '', headline = ''] = output.split('\n');
    expect([code, title]).toEqual([0, expect.stringMatching(/^GET \/api\/products\/p-000042: 200 in [\d.]+ ms$/)]);
    expect(headline).toMatch(/^Reviews failed \(.*\): .*rating is missing/);
    expect(page.replaceAll('<!-- -->', '')).toContain(headline);
    expect(output).toMatch(/^[◆ ] rating +reviews batch summaries +miss +unavailable .*[█·]/m);
    expect(output).toContain('under the scenario reviews=down');
  });

  test('wants the token where the inspector does, and shows nothing of what was searched for there', async () => {
    await ask(guarded, '/api/products?q=secret', 'trace-q');
    for (const headers of [{}, { authorization: 'Bearer nope' }]) {
      expect((await fileOf(guarded, 'trace-q', headers)).status).toBe(404);
    }
    const without = await script('trace', ['trace-q', '--url', guarded.url]);
    expect([without.code, without.output]).toEqual([1, expect.stringContaining('wants its token in INSPECTOR_TOKEN')]);
    const { code, output } = await script('trace', ['trace-q', '--url', guarded.url], { INSPECTOR_TOKEN: TOKEN });
    expect([code, output.split('\n')[0]]).toEqual([0, expect.stringMatching(/^GET \/api\/products\?q=…: 200/)]);
    expect(output).not.toContain('secret');
  });

  test('an id can’t move a cursor, and what is not known is said', async () => {
    await ask(lean, '/api/products/p-000042', 'trace-plain');
    const file = await download('trace-plain', (trace) => ({ ...trace, headline: 'a\u001b[2Jb\rc' }));
    expect((await script('trace', [file])).output).toContain('a�[2Jb�c');
    const unknown = await script('trace', ['nobody', '--url', lean.url]);
    expect([unknown.code, unknown.output]).toEqual([1, expect.stringContaining('knows no request nobody')]);
    expect((await script('trace', [])).code).toBe(2);
    expect((await script('trace', ['x', '--url', 'http://127.0.0.1:9'])).output).toContain("can't be asked");
  });
});

describe('npm run replay', () => {
  test('plays the failures of a trace, whatever they were, and writes a test that holds the answer', async () => {
    await ask(lean, '/api/products/p-000042', 'replay-me', 'reviews=hang,inventory=down');
    const file = await download('replay-me', (trace) => ({ ...trace, lane: '' }));
    const name = `written-by-a-test-${process.pid}`;
    const written = `tests/hosts/replays/${name}.test.ts`;
    try {
      const { code, output } = await script('replay', [file, '--test', name], IN_A_HURRY);
      expect([code, output]).toEqual([0, expect.stringContaining('X-Scenario: inventory=down,reviews=slow')]);
      const [, was = '', is = ''] = output.split(/^(?:As it was|Replayed)$/m);
      for (const drawn of [was, is]) expect(drawn).toMatch(/^[◆ ] rating .*(?:timeout|busy)/m);
      expect(is).toMatch(/stock (missing|fallback) \(unavailable\)/);
      const text = readFileSync(written, 'utf8');
      expect(text).toContain("'x-scenario': 'inventory=down,reviews=slow'");
      const again = await script('replay', [file, '--test', name]);
      expect([again.code, again.output]).toEqual([1, `${written} is there already.\n`]);
      const held = await new Promise<Ended>((resolve) => {
        execFile(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', written], (error, stdout, stderr) =>
          resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
        );
      });
      expect([held.code, held.output]).toEqual([0, expect.stringMatching(/1 passed/)]);
    } finally {
      rmSync(written, { force: true });
    }
  });

  test.each([
    ['is no JSON', 'hello', 'it is not JSON'],
    ['is something else', '{"a":1}', 'is no trace: format'],
    ['is somebody’s own', { audience: 'personal' }, 'no user is signed in'],
    ['was a write', { method: 'POST' }, 'only what changes nothing'],
    ['asked for nothing of ours', { audience: undefined }, 'no operation of ours'],
    ['leads elsewhere', { target: '//evil.example/api/' }, 'none of the API'],
    ['leads out of the API', { target: '/api/../inspector' }, 'none of the API'],
  ])('a file that %s is refused in one sentence, before anything is started', async (_, what, sentence) => {
    await ask(lean, '/api/products/p-000042', 'refuse-me');
    const change = (trace: TraceFile) => (typeof what === 'string' ? trace : { ...trace, ...what });
    const file = await download('refuse-me', change);
    if (typeof what === 'string') writeFileSync(file, what);
    const { code, output } = await script('replay', [file]);
    expect([code, output]).toEqual([1, expect.stringContaining(sentence)]);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  test('a test is only written under a name that is one, and where there is something to hold', async () => {
    await ask(lean, '/api/products/p-000042', 'calm');
    const file = await download('calm');
    expect((await script('replay', [file, '--test', '../escape'])).output).toContain("can't name a test");
    expect((await script('replay', [file, '--test', 'calm'])).output).toContain('there is nothing to hold');
    expect((await script('replay', [join(folder, 'none.json')])).output).toContain('There is no file');
  });
});

describe('the log lines of a request', () => {
  const logs = async (host: Running, id: string, headers: Record<string, string> = {}) =>
    (await (await fetch(`${host.url}/inspector/requests/${id}?tab=logs`, { headers })).text()).replaceAll(
      '<!-- -->',
      '',
    );

  test('stand beside its trace as they went out, with its address as it may be shown', async () => {
    const bearer = { authorization: `Bearer ${TOKEN}` };
    await ask(guarded, '/api/products/p-999999?currency=EUR', 'logs-public');
    await ask(guarded, '/api/orders/o-secret', 'logs-own');
    const open = await logs(guarded, 'logs-public', bearer);
    expect(open).toContain('&quot;path&quot;: &quot;/api/products/p-999999&quot;');
    expect(open).toContain('&quot;status&quot;: 404');
    const own = await logs(guarded, 'logs-own', bearer);
    expect(own).toContain('&quot;path&quot;: &quot;/api/orders/{id}&quot;');
    expect(own).toMatch(/&quot;status&quot;: 40[01]/);
    expect(own).not.toContain('o-secret');
    await until('the line is in the log', () => guarded.output().includes('"id":"logs-public"'));
  });

  test('and where nothing was written that is said', async () => {
    // Its host logs warnings and worse.
    await ask(lean, '/api/products/p-999999', 'logs-none');
    expect(await logs(lean, 'logs-none')).toContain('It wrote nothing that is here still');
  });
});
