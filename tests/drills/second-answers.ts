import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Drill } from '#tests/support/drill.ts';
import { schemaOf } from '#tests/support/inferred.ts';
import { learned } from '../../scripts/new/answers/learn.ts';
import { parseSample } from '../../scripts/new/answers/sample.ts';

const FOLDER = join(import.meta.dirname, 'second-answers');
const NO_MARKS = { required: [], time: [], map: [] };
/** Of a hundred. */
const WANTED = 90;

/** Two answers of one call of a public API: their shapes as they were published (or remembered, where `licence` says so), their values invented. */
interface Pair {
  readonly what: string;
  readonly source: string;
  readonly licence: string;
  readonly first: unknown;
  readonly second: unknown;
}

export const drill: Drill = {
  name: 'npm run new: second answers',
  proves: 'a schema made of one published answer takes another published answer of the same call',
  async run(_, tell) {
    const all = readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Pair);
    const failed = all.flatMap((pair) => {
      const why = refusalOf(pair);
      if (why !== undefined) tell(`${pair.what}: ${why}`);
      return why === undefined ? [] : [pair.what];
    });
    const passed = all.length - failed.length;
    assert.ok(passed * 100 >= WANTED * all.length, `${passed} of ${all.length} pass; not ${failed.join(', ')}`);
    return `${passed} of ${all.length} second answers pass`;
  },
};

/** Why the second answer would be drift to a schema made of the first, or lost: a map that was taken for members. */
function refusalOf({ first, second }: Pair): string | undefined {
  const sample = parseSample(JSON.stringify(first));
  const shape = learned({ samples: [sample], described: undefined, marks: NO_MARKS }, 'it', () => undefined);
  const { error, data } = schemaOf(shape).safeParse(second);
  if (error) return z.prettifyError(error).split('\n').join(' ');
  const lost = emptied(second, data, 'it');
  return lost && `nothing is left of ${lost}`;
}

/** Where an object with members was read as one without. */
function emptied(given: unknown, read: unknown, path: string): string | undefined {
  if (typeof given !== 'object' || given === null || typeof read !== 'object' || read === null) return undefined;
  const [members, kept] = [Object.entries(given), read as Record<string, unknown>];
  if (members.length > 0 && Object.keys(kept).length === 0) return path;
  return members
    .map(([key, member]) => emptied(member, kept[key], `${path}.${key}`))
    .find((lost) => lost !== undefined);
}
