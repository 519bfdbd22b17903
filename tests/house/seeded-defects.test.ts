import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const DRILLS = 'tests/drills';
/** A change of `tests/support/copy-of-tree.ts` as it is written down. */
const CHANGE = /file: '([^']+)',\s*from: (?:'((?:[^'\\]|\\.)*)'|`([^`]*)`)/g;

/** The long tests alone play these defects; a name that was changed would be noticed only there. */
test('each seeded defect of a drill finds its place in the code', () => {
  const drills = readdirSync(join(ROOT, DRILLS)).filter((name) => name.endsWith('.ts'));
  const changes = drills.flatMap((drill) =>
    [...readFileSync(join(ROOT, DRILLS, drill), 'utf8').matchAll(CHANGE)].map(([, file = '', quoted, plain]) => ({
      drill,
      file,
      from: quoted?.replaceAll("\\'", "'") ?? plain ?? '',
    })),
  );
  expect(changes.length).toBeGreaterThan(10);
  const lost = changes.filter(({ file, from }) => !readFileSync(join(ROOT, file), 'utf8').includes(from));
  expect(lost).toEqual([]);
});
