import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LONG } from '#tests/support/long.ts';
import { readCommandLine } from '../../scripts/command-line.ts';

/** Commands that start a server, or give what they are called with to another tool. */
const OTHERS = ['start', 'build', 'serve', 'dev', 'mocks', 'test', 'check'];
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const COMMANDS = Object.keys(scripts).filter((name) => !OTHERS.includes(name) && !isBefore(name));
/** What npm runs before another. */
function isBefore(name: string): boolean {
  return name.startsWith('pre') && scripts[name.slice('pre'.length)] !== undefined;
}
const fileOf = (command: string) => scripts[command]?.split(' ').at(-1) ?? '';

/** Those that load in an instant; in the long run, all. */
const TRIED = LONG ? COMMANDS : ['state', 'test:stress', 'test:long'];

const call = (command: string, option: string) =>
  new Promise<{ code: number; out: string; error: string }>((resolve) => {
    execFile(process.execPath, [fileOf(command), option], (error, out, said) =>
      resolve({ code: Number(error?.code ?? 0), out, error: said }),
    );
  });

test('every command reads what it is called with in one way', () => {
  expect(COMMANDS.length).toBeGreaterThan(12);
  const files = COMMANDS.map((command) => (command === 'new' ? 'scripts/new/request.ts' : fileOf(command)));
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    expect([file, text.includes('command-line.ts')]).toEqual([file, true]);
    expect([file, /\bparseArgs\(|argv/.test(text)]).toEqual([file, false]);
  }
});

describe.each(TRIED)('npm run %s', (command) => {
  test('says in one line that it does not know an option, and what it knows', async () => {
    const { code, out, error } = await call(command, '--colour');
    expect([code, out]).toEqual([2, '']);
    expect(error).toMatch(/^Unknown option '--colour'\. It takes .*--help\..*\n$/);
  });

  test('prints its use when it is asked for help', async () => {
    const { code, out, error } = await call(command, '--help');
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^npm run ${command}\\b`));
  });
});

describe('a command line', () => {
  const command = { options: { short: { type: 'boolean' }, root: { type: 'string' } }, words: 1 } as const;

  test('is options and words', () => {
    const read = readCommandLine(command, ['a', '--short', '--root=x']);
    expect(read).toMatchObject({ kind: 'read', values: { short: true, root: 'x' }, positionals: ['a'] });
    expect(readCommandLine(command, ['--short', '-h'])).toEqual({ kind: 'help' });
  });

  test.each<[string[], string]>([
    [['--root'], "Option '--root <value>' argument missing. It takes --short, --root <…> and --help."],
    [['--root', '--short'], "Option '--root' argument is ambiguous. It takes --short, --root <…> and --help."],
    [['--short=yes'], "Option '--short' does not take an argument. It takes --short, --root <…> and --help."],
    [['a', 'b'], '"b" is one word too many. It takes --short, --root <…> and --help.'],
    [['-x'], "Unknown option '-x'. It takes --short, --root <…> and --help."],
  ])('%j is told as what it is', (args, why) => expect(readCommandLine(command, args)).toEqual({ kind: 'wrong', why }));
});
