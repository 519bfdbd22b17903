import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepFreeze } from '#kernel/base/json/json-value.ts';
import { applyMergePatch } from '#kernel/http/request/merge-patch.ts';
import { runs } from '#tests/support/long.ts';

const noProto = (value: unknown) => !JSON.stringify(value).includes('__proto__');
const json = fc.jsonValue({ maxDepth: 4 }).filter(noProto);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Says of a patch's outcome what RFC 7396 does, member by member, without building it. */
function agrees(target: unknown, patch: unknown, result: unknown): boolean {
  if (!isObject(patch)) return JSON.stringify(result) === JSON.stringify(patch);
  if (!isObject(result)) return false;
  const old = isObject(target) ? target : {};
  const expected = new Set(
    Object.keys({ ...old, ...patch }).filter((key) => !(Object.hasOwn(patch, key) && patch[key] === null)),
  );
  return (
    Object.keys(result).length === expected.size &&
    [...expected].every(
      (key) =>
        Object.hasOwn(result, key) &&
        (Object.hasOwn(patch, key)
          ? agrees(Object.hasOwn(old, key) ? old[key] : undefined, patch[key], result[key])
          : JSON.stringify(result[key]) === JSON.stringify(old[key])),
    )
  );
}

// RFC 7396, Appendix A.
test.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', 'null', 'null'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
])('%s with %s is %s', (target, patch, result) => {
  expect(applyMergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
});

test('does what the RFC says, twice no more than once, and changes neither argument', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'constructor', 'toString');
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, 1, 'x', [1, null]),
      fc.dictionary(key, tie('node'), { maxKeys: 4 }),
    ),
  })).node;
  fc.assert(
    fc.property(fc.oneof(tree, json), fc.oneof(tree, json), (target, patch) => {
      deepFreeze(target);
      deepFreeze(patch);
      const once = applyMergePatch(target, patch);
      expect(agrees(target, patch, once)).toBe(true);
      expect(applyMergePatch(once, patch)).toEqual(once);
    }),
    { numRuns: runs(2_000) },
  );
});

test('pollutes nothing', () => {
  const result = applyMergePatch(
    {},
    JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":{"__proto__":{"polluted":1}}}',
    ),
  ) as Record<string, Record<string, unknown>>;
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(result.polluted).toBeUndefined();
  expect(result.a?.polluted).toBeUndefined();
  expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  expect(
    (applyMergePatch(JSON.parse('{"__proto__":{"polluted":1}}'), {}) as Record<string, unknown>).polluted,
  ).toBeUndefined();
});
