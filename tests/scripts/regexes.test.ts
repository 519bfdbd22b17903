import { expect, test } from 'vitest';
import { slowRegexes } from '../../scripts/regexes.ts';

test.each([
  ['a trim', String.raw`/^[ \t]+|[ \t]+$/g`],
  ['an ending', '/%.*$/'],
  ['a name before its sign', '/([?&][^=&]+)=/'],
  ['a loop in a loop', '/^(?:a+)+$/'],
  ['what was put together', "new RegExp('^' + name)"],
])('%s is found', (_, regex) => {
  expect(slowRegexes('a.ts', `const type: string = '';\nexport const it = ${regex};`)).toMatchObject([
    { path: 'a.ts', line: 2, literal: regex },
  ]);
});

test('what takes linear time is not, also where a page is drawn', () => {
  const code = String.raw`export const it = <b title="/a+a+$/">{/^[\w.-]{1,64}$/.test('a') ? 1 : 2}</b>;`;
  expect(slowRegexes('a.tsx', code)).toEqual([]);
});
