import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createElement, type ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factsFile } from '../../scripts/new/texts/screen.ts';

const SCRATCH = join(import.meta.dirname, '../../.scratch');
let folder: string;
/** The component that a generated screen shows its data with. */
let Facts: (props: { readonly of: unknown }) => ReactNode;

beforeAll(async () => {
  mkdirSync(SCRATCH, { recursive: true });
  folder = mkdtempSync(join(SCRATCH, 'new-screen-'));
  const file = join(folder, 'facts.tsx');
  writeFileSync(file, factsFile);
  ({ Facts } = await import(file));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  [null, '–'],
  [undefined, '–'],
  ['', '–'],
  [{}, 'none'],
  [[], 'none'],
  [false, 'no'],
  [0, '0'],
  [{ memberId: '' }, '<dl class="facts-list"><div><dt>Member id</dt><dd>–</dd></div></dl>'],
])('a generated screen shows %j as %s, and never as nothing', (of, shown) => {
  expect(renderToStaticMarkup(createElement(Facts, { of }))).toBe(shown);
});
