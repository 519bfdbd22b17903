import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonDiff } from '#inspector/json/json-diff.ts';
import { leavesOf, pathText } from '#inspector/json/leaves.ts';
import { indexOf, payloadOf } from '#inspector/requests/payload.ts';

const json = fc.jsonValue({ maxDepth: 4 });

describe('an upstream’s answer beside ours', () => {
  test('nothing is lost: each of its leaves has one fate, and what is kept or renamed is there', () => {
    fc.assert(
      fc.property(json, json, (answer, view) => {
        const there = new Map(leavesOf(view).map(({ path, value }) => [pathText(path), JSON.stringify(value)]));
        const { leaves, kept, renamed, dropped } = payloadOf(answer, indexOf(view));
        expect(leaves.map(({ path, value }) => ({ path, value }))).toEqual(leavesOf(answer));
        expect(kept + renamed + dropped).toBe(leaves.length);
        for (const { fate, to, value } of leaves) {
          expect(to === undefined).toBe(fate === 'dropped');
          if (to !== undefined) expect(there.get(to)).toBe(JSON.stringify(value));
        }
      }),
    );
  });

  test('all of it is kept where it is ours as it came', () => {
    fc.assert(
      fc.property(json, (answer) => {
        const { kept } = payloadOf(answer, indexOf(answer));
        expect(kept).toBe(leavesOf(answer).length);
      }),
    );
  });

  test('distinguishes a new name from chance', () => {
    const answer = {
      product_id: 'p-1',
      brand_name: 'Fjord',
      weight_grams: 1_250,
      stars: 4,
      hidden: true,
      internal: 'x9z',
    };
    const view = { id: 'p-1', brand: 'Fjord', mass: 1_250, count: 4, onSale: true };
    const fates = payloadOf(answer, indexOf(view)).leaves.map(({ path, fate, to }) => [path[0], fate, to]);
    expect(fates).toEqual([
      ['product_id', 'renamed', 'id'],
      ['brand_name', 'renamed', 'brand'],
      ['weight_grams', 'renamed', 'mass'],
      ['stars', 'dropped', undefined],
      ['hidden', 'dropped', undefined],
      ['internal', 'dropped', undefined],
    ]);
  });

  test('of what is not shown only names are evidence', () => {
    const { leaves } = payloadOf({ city: '‹string›', fax: '‹string›' }, indexOf({ city: '‹string›', zip: '‹string›' }));
    expect(leaves.map(({ fate }) => fate)).toEqual(['kept', 'dropped']);
  });
});

describe('two answers held against each other', () => {
  test('differ nowhere if they are the same, and somewhere if they are not', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(jsonDiff(a, a)).toEqual([]);
        // Members have no order.
        const leaves = (value: unknown) =>
          leavesOf(value)
            .map((leaf) => JSON.stringify(leaf))
            .sort();
        const same = leaves(a).join() === leaves(b).join();
        if (!same && JSON.stringify(a) !== JSON.stringify(b))
          expect(jsonDiff(a, b).length + jsonDiff(b, a).length).toBeGreaterThan(0);
        const turned = { added: 'removed', removed: 'added', changed: 'changed' } as const;
        const back = jsonDiff(b, a).map(({ path, kind }) => `${path} ${turned[kind]}`);
        expect(
          jsonDiff(a, b)
            .map(({ path, kind }) => `${path} ${kind}`)
            .sort(),
        ).toEqual(back.sort());
      }),
    );
  });

  test.each([
    [null, { '': null }],
    [{ 'a.b': 1 }, { a: { b: 1 } }],
    [{ 'a[0]': 1 }, { a: [1] }],
  ])('distinguish names from paths that look alike: %j and %j', (before, after) => {
    expect(jsonDiff(before, after).map(({ kind }) => kind)).toEqual(['removed', 'added']);
  });
});
