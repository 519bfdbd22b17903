import { hash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Operation } from '#kernel/contract/operation.ts';
import { PROBLEMS } from '#kernel/http/problem/problems.ts';
import type { MockServer } from '#mocks/server.ts';
import { operations } from '#operations/index.ts';
import { problemKinds } from '#reference/problems.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { OWN_HOSTS } from '#tests/support/long.ts';
import { longTest } from '#tests/support/long-test.ts';
import { sharedHost, sharedMocks } from '#tests/support/shared-host.ts';

const KINDS = problemKinds(operations);
const SENTENCE = /^[A-Z].+\.$/;

interface Problem {
  readonly type: string;
  readonly instance: string;
  readonly code: string;
  readonly requestId: string;
}

let mocks: MockServer;
beforeAll(async () => {
  mocks = await sharedMocks();
});

test('every problem that the engine knows or a contract declares is explained, to callers and to operators', () => {
  const declared = (operations as readonly Operation[]).flatMap(({ contract }) => Object.keys(contract.problems ?? {}));
  expect(Object.keys(KINDS)).toEqual(expect.arrayContaining([...Object.keys(PROBLEMS), ...declared]));
  for (const [slug, { title, meaning, whatToDo, forOperators }] of Object.entries(KINDS)) {
    expect(title, slug).toMatch(/^[A-Z][^.]+$/);
    for (const text of [meaning, whatToDo, forOperators]) expect(text, slug).toMatch(SENTENCE);
  }
});

for (const kind of OWN_HOSTS) {
  describe(`problems on the ${kind} host`, () => {
    let host: Running;
    beforeAll(async () => {
      host = await sharedHost(kind);
    });
    const page = async (url: string) => {
      const answer = await fetch(new URL(url, host.url));
      return { status: answer.status, text: (await answer.text()).replaceAll('<!-- -->', '') };
    };
    const problem = async (target: string, headers = {}) =>
      (await (await fetch(host.url + target, { headers })).json()) as Problem;

    test('have a page each, and one that lists them', async () => {
      const { text: list } = await page('/problems');
      for (const [slug, { title, whatToDo }] of Object.entries(KINDS)) {
        expect(list, slug).toContain(`href="/problems/${slug}"`);
        const { status, text } = await page(`/problems/${slug}`);
        expect([slug, status]).toEqual([slug, 200]);
        const html = (words: string) => words.replaceAll('"', '&quot;').replaceAll("'", '&#x27;');
        expect(text).toContain(html(title));
        expect(text).toContain(html(whatToDo));
      }
      expect((await page('/problems/no-such-problem')).status).toBe(404);
    });

    test('lead to what happened: which upstream, and what it came to', async () => {
      const told = await problem('/api/products/p-000042?currency=USD', { 'x-scenario': 'pricing=drifted' });
      expect(told.code).toBe('upstream-contract');
      expect(new URL(told.type).pathname).toBe('/problems/upstream-contract');
      expect(told.instance).toBe(`/problems/upstream-contract?trace=${told.requestId}`);
      const { text } = await page(told.instance);
      expect(text).toContain('GET /api/products/p-000042</code> was answered with 502');
      expect(text).toContain('<code>pricing=drifted</code>');
      expect(text).toMatch(/<th scope="row">price<\/th><td>pricing<\/td><td>contract<\/td>/);
      expect(text).not.toContain('currency=USD');
      expect(text).toContain(`/inspector/requests/${told.requestId}`);
    });

    test('of which nothing is known any more have an id to give us, whatever it says', async () => {
      const { status, text } = await page('/problems/internal?trace=%3Cscript%3Ealert(1)');
      expect(status).toBe(200);
      expect(text).toContain('tell us its id');
      expect(text).not.toContain('<script>alert');
    });
  });
}

longTest('elsewhere than on this machine no one is shown another’s request', async () => {
  const env = {
    PUBLIC_URL: 'https://shop.example',
    MOCKS: 'on',
    STATE_KEYS: hash('sha256', 'a key of this test', 'base64url'),
  };
  const host = await runHost('lean', { ...over(mocks), ...env });
  try {
    const told = (await (await fetch(`${host.url}/api/products/p-999999`)).json()) as Problem;
    const text = await (await fetch(host.url + told.instance)).text();
    expect(text).toContain(told.requestId);
    expect(text).not.toContain('was answered');
    expect(text).not.toContain('/inspector/');
  } finally {
    await stop(host);
  }
});
