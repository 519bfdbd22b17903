import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BENCH = fileURLToPath(new URL('../bench', import.meta.url));
const IMPORT = /^import \{ ([^}]+) \} from '(\.[^']+)';$/gm;

/** What a benchmark's plain JavaScript, which no compiler reads, imports of ours: the file, and each name. */
const imports = globSync('{*.js,servers/*.js,next/app/**/*.js}', { cwd: BENCH }).flatMap((file) =>
  [...readFileSync(join(BENCH, file), 'utf8').matchAll(IMPORT)].map(
    ([, names = '', from = '']) => [file, join(BENCH, dirname(file), from), names.split(', ')] as const,
  ),
);

test('what the benchmark’s contenders import is there', () => {
  expect(imports.length).toBeGreaterThan(3);
  for (const [file, from, names] of imports) {
    const text = readFileSync(from, 'utf8');
    for (const name of names) expect(text, `${file} imports ${name}`).toMatch(new RegExp(`export .*\\b${name}\\b`));
  }
});

test('a benchmark imports by path: in its folder, which is a package of its own, our names mean nothing', () => {
  for (const file of globSync('{*.ts,servers/*.ts}', { cwd: BENCH }))
    expect(readFileSync(join(BENCH, file), 'utf8'), file).not.toMatch(/from '#/);
});
