import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';

const ROOT = join(dirname(import.meta.filename), '..');
/** Many processes are started: what V8 has compiled for one is there for the next. */
const COMPILED = join(ROOT, 'node_modules', '.cache', 'compiled');
const REPORT = join(ROOT, 'scripts', 'test-report.ts');
/** Arguments that need not be printed. */
const MANY = 8;
const NEXT_STEPS = `
See it run:  npm start          then open http://localhost:3000/
Ask it:      curl -s http://localhost:3000/api/home
`;

const args = process.argv.slice(2);
process.stdout.write(
  args.length > 0
    ? `Running ${args.length > MANY ? 'some of the tests' : `the tests that match ${args.join(' ')}`}.\n`
    : 'Running the tests: the engine, the operations, the types, both hosts and a browser. A few minutes.\n',
);
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const child = spawn(process.execPath, [vitest, 'run', '--reporter=default', `--reporter=${REPORT}`, ...args], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
});
// Ctrl-C reaches the whole group; Vitest has the last word.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill());
child.once('exit', (code, signal) => {
  process.stdout.write(code === 0 ? NEXT_STEPS : '\nSome of it failed: the first failure is the one to read.\n');
  process.exit(code ?? (signal ? 1 : 0));
});
