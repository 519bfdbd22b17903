import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findSession, type Tokens, tokensOf } from '#kernel/identity/session.ts';
import { createSeal } from '#kernel/state/seal.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { operations } from '#operations/index.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { over, type Running, runHost, stop } from '#tests/support/host.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { signIn, type Visit, visitor } from '#tests/support/visitor.ts';

const PAGES = ['/', '/search?q=lamp', '/products/p-000042', '/problems', '/problems/internal', '/nowhere'];
const WRONG = ['orders=down,cart=drifted', 'customers=flaky', 'reviews=huge'];

let mocks: MockServer;
beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none' });
});
afterAll(() => mocks.close());

for (const kind of ['lean', 'next'] as const) {
  describe(`the secrets of a session on the ${kind} host`, () => {
    const key = randomBytes(32);
    const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    const who = visitor();
    const seen: string[] = [];
    let host: Running;
    let sid: string;
    let tokens: Tokens;

    const keep = async (visiting: Promise<Visit>) => {
      const { headers, text, url } = await visiting;
      // The cookie itself is told to its own browser, once.
      seen.push(`${url} ${text} ${JSON.stringify([...headers].filter(([name]) => name !== 'set-cookie'))}`);
    };

    beforeAll(async () => {
      const env = { DATA_DIR: folder, STATE_KEYS: key.toString('base64url'), LOG_LEVEL: 'trace' };
      host = await runHost(kind, { ...over(mocks), ...env });
      await signIn(who, host.url, `secrets${kind}`);
      sid = who.cookies(new URL(host.url).host).get('sid') ?? '';
      const state = openSqliteState(join(folder, 'state.db'));
      const sessions = { state, seal: createSeal([key]), now: Date.now };
      const found = await findSession(sessions, sid);
      tokens = (found && tokensOf(sessions, found)) as Tokens;
      await state.close();
    });
    afterAll(async () => {
      await stop(host);
      rmSync(folder, { recursive: true });
    });

    test('stand in no answer of any operation, well or unwell, and in no page', async () => {
      for (const token of [tokens.access, tokens.refresh]) expect(token?.length).toBeGreaterThan(20);
      for (const { contract, route } of operations) {
        if ('live' in contract || /logout|endSession|endOther|startLogin|finishLogin/.test(contract.id)) continue;
        const example: Readonly<Record<string, string | undefined>> = contract.example;
        const path = route.template.replaceAll(/\{(\w+)\}/g, (_, name: string) => example[name] ?? 'x');
        if (route.method === 'GET') await keep(who.get(host.url + path));
        else await keep(who.send(route.method, host.url + path, { json: { nonsense: true } }));
      }
      for (const scenario of WRONG) await keep(who.get(`${host.url}/api/account`, { 'x-scenario': scenario }));
      await keep(visitor().get(`${host.url}/api/auth/callback?code=SECRETCODE&state=SECRETSTATE`));
      for (const page of PAGES) await keep(who.get(host.url + page));
      const leaving = visitor();
      await signIn(leaving, host.url, `leaves${kind}`);
      await keep(leaving.send('POST', `${host.url}/api/auth/logout`));
      // A JWT, whoever's it is.
      expect(seen.filter((text) => /eyJ[\w-]{10,}\.[\w-]{10,}\./.test(text))).toEqual([]);
      expect(seen.length).toBeGreaterThan(operations.length);

      const signature = (token: string) => token.split('.').at(-1) as string;
      const secrets = [tokens.access, tokens.refresh, sid].flatMap((secret) => [
        secret as string,
        signature(secret as string),
      ]);
      for (const secret of [...secrets, key.toString('base64url'), key.toString('hex')]) {
        expect(seen.filter((text) => text.includes(secret)).map((text) => text.split(' ', 1))).toEqual([]);
      }
    });

    test('are not in the log, nor is the code of a login', async () => {
      await vi.waitFor(() => expect(host.output()).toContain('/api/auth/callback'), { timeout: PATIENCE });
      for (const secret of [tokens.access, tokens.refresh, sid, 'SECRETCODE', 'SECRETSTATE'])
        expect(host.output()).not.toContain(secret as string);
    });

    test('are not to be read where they are kept', () => {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
      const bytes = Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))));
      expect(bytes.includes('session:')).toBe(true);
      for (const secret of [tokens.access, tokens.refresh, sid, `secrets${kind}`])
        expect(bytes.includes(secret as string)).toBe(false);
    });
  });
}
