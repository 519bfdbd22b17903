import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { accept, type Inbox } from '#services/webhooks/inbox/inbox.ts';
import { take } from '#services/webhooks/inbox/inbox-leases.ts';
import { workOf } from '../../scripts/inbox/work.ts';

let folder: string;
let inbox: Inbox;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-inbox-script-'));
  inbox = { state: openSqliteState(join(folder, 'state.db')), now: Date.now };
});
afterEach(async () => {
  await inbox.state.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs it as npm does, while the file is open elsewhere too. */
function run(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const env = { PATH, NODE_COMPILE_CACHE, DATA_DIR: folder } as unknown as NodeJS.ProcessEnv;
    execFile(process.execPath, ['scripts/inbox.ts', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
}

/** What it does and says, without its start. */
async function work(...args: string[]): Promise<{ code: number | undefined; output: string }> {
  let output = '';
  const code = await workOf(args, (line) => (output += `${line}\n`))?.(inbox);
  return { code, output };
}

const park = (sender: string, id: string) =>
  accept(inbox, { sender, id, type: 'a.b.c', body: '{}' }, 'object.owner: expected string');

test('says that there is nothing, without making anything', async () => {
  expect((await run()).output).toBe(`Nothing was ever taken in: there is no ${join(folder, 'state.db')}.\n`);
});

test('shows what is parked and why, not more than can be read, and how to replay it', async () => {
  for (let index = 0; index < 25; index++) await park('upstream', `msg_${index}`);
  await accept(inbox, { sender: 'stripe', id: 'evt_1', type: 't', body: '{}' });
  const { code, output } = await run();
  expect(code).toBe(0);
  expect(output).toContain('1 waiting, 25 parked');
  expect(output).toContain('upstream/msg_0  a.b.c');
  expect(output).toContain('object.owner: expected string');
  expect(output).toContain('and 5 more');
  expect(output).toContain('npm run inbox -- replay <id>');
  expect(output.split('\n').length).toBeLessThan(100);
});

test('replays one by its id, or all', async () => {
  for (const [sender, id] of [
    ['stripe', 'evt_1'],
    ['clerk', 'same'],
    ['upstream', 'same'],
  ] as const)
    await park(sender, id);
  expect(await work('replay', 'nothing')).toMatchObject({ code: 1, output: 'No parked delivery is called nothing.\n' });
  expect((await work('replay', 'same')).output).toContain('Say which: clerk/same or upstream/same.');
  expect((await run('replay', 'clerk/same')).code).toBe(0);
  expect((await take(inbox, 1))[0]?.stored).toMatchObject({ sender: 'clerk', id: 'same', attempts: 1 });
  expect((await work('replay', '--all')).output).toContain('2 will be tried');
  expect((await work()).output).toContain('3 waiting, 0 parked');
});

test('explains itself', async () => {
  for (const args of [['replay'], ['replay', 'a', 'b'], ['delete', 'a']])
    expect(await work(...args)).toEqual({ code: undefined, output: '' });
  const { code, output } = await run('replay');
  expect(code).toBe(2);
  expect(output).toContain('npm run inbox -- replay --all');
});
