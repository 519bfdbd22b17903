import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drill } from '../drills/second-answers.ts';

test('a schema of one published answer takes the next one', async () => {
  expect(await drill.run('short', () => undefined)).toMatch(/^29 of 30 second answers pass$/);
});

test('every pair of answers stands in docs/generator.md, with source and licence', () => {
  const table = readFileSync('docs/generator.md', 'utf8');
  const folder = 'tests/drills/second-answers';
  for (const file of readdirSync(folder)) {
    const { what, source, licence } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
    expect(table).toContain(`| ${what} | ${source} | ${licence} |`);
  }
});
