import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandLine } from './command-line.ts';

const ROOT = join(dirname(import.meta.filename), '..');
const USAGE = `npm run test:long   what npm test leaves out; a part of it: npm test -- --mode long tests/hosts
`;
commandLine({ usage: USAGE, options: {}, words: 0 });

/** What `npm test` leaves out: files of the long run alone, and those that do more in it. */
const files = globSync('tests/**/*.test.ts', { cwd: ROOT }).filter(
  (file) => file.endsWith('.long.test.ts') || readFileSync(join(ROOT, file), 'utf8').includes('#tests/support/long'),
);
const child = spawn(process.execPath, [join(ROOT, 'scripts', 'test.ts'), '--mode', 'long', ...files], {
  cwd: ROOT,
  stdio: 'inherit',
  // Vitest would call it by its mode.
  env: { ...process.env, NODE_ENV: 'test' },
});
// Ctrl-C reaches the whole group; the tests have the last word.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill());
child.once('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
