import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matching, tagCounts } from '#inspector/cache-summary.ts';

const kept = fc.array(fc.record({ tags: fc.array(fc.constantFrom('a', 'b', 'product:1'), { maxLength: 4 }) }));

test('every tag is counted once a value, and the one on which most hangs comes first', () => {
  fc.assert(
    fc.property(kept, kept, (calls, answers) => {
      const counts = tagCounts(calls, answers);
      const carrying = (all: typeof calls, tag: string) =>
        all.filter(({ tags }) => (tags as string[]).includes(tag)).length;
      for (const { tag, calls: of, answers: and } of counts) {
        expect([of, and]).toEqual([carrying(calls, tag), carrying(answers, tag)]);
      }
      expect(new Set(counts.map(({ tag }) => tag))).toEqual(
        new Set([...calls, ...answers].flatMap(({ tags }) => tags)),
      );
      const totals = counts.map((one) => one.calls + one.answers);
      expect(totals).toEqual([...totals].sort((a, b) => b - a));
    }),
  );
});

test('a search finds by tag and by what was asked, in any case', () => {
  const all = [
    { tags: ['product:1'], call: 'GET products/1' },
    { tags: ['stock:1'], call: 'levels 1' },
  ];
  const found = (search: string) => matching(all, search, ({ call }) => call).map(({ call }) => call);
  expect(found('')).toEqual(['GET products/1', 'levels 1']);
  expect(found(' Stock ')).toEqual(['levels 1']);
  expect(found('products')).toEqual(['GET products/1']);
  expect(found('nothing')).toEqual([]);
});
