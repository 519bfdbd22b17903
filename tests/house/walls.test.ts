import { describe, expect, test } from 'vitest';
import { modulesOf, readHouse } from './modules.ts';
import { FILES } from './walls/files.ts';
import { FLOORS } from './walls/floors.ts';
import { KERNEL } from './walls/kernel.ts';

const house = modulesOf(readHouse());

test('all modules are read', () => {
  expect(house.length).toBeGreaterThan(100);
  expect(house.flatMap(({ imports }) => imports).length).toBeGreaterThan(300);
});

describe.each([...KERNEL, ...FLOORS, ...FILES])('$says', ({ breaches, seed }) => {
  test('holds', () => expect(breaches(house)).toEqual([]));

  test('would be seen to fall', () => expect(breaches(modulesOf(new Map(Object.entries(seed))))).not.toEqual([]));
});

describe('imports are read', () => {
  const read = (text: string) =>
    modulesOf(new Map([['kernel/flow/x.ts', text]]))[0]?.imports.map(({ specifier }) => specifier);

  test.each([
    [`import a from 'a'`, ['a']],
    [`import type { A, B as C } from "a";`, ['a']],
    [`import {\n  a,\n  b,\n} from 'a';\nimport * as c from 'c';`, ['a', 'c']],
    [`import 'a';import"b"`, ['a', 'b']],
    [`export * from 'a';\nexport { b } from 'b';\nexport const c = 'd';`, ['a', 'b']],
    [`const a = await import('a');\ntype B = import('b').B;`, ['a', 'b']],
    [`// import 'a';\n/* import 'b'; */ const c = "import 'c'"; const d = \`import 'd'\`;`, []],
    [`const quote = /['"]/; import 'a';`, ['a']],
    [`const url = 'http://x'; import 'a';`, ['a']],
    [`Array.from('a'); this.import('b'); import.meta.resolve('c');`, []],
    [`<p>Don't</p>\nimport('a')`, ['a']],
  ])('from %s', (text, wanted) => expect(read(text)).toEqual(wanted));
});
