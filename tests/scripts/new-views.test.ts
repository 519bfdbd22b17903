import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schemaOf, shapeOf, viewAtWork } from '#tests/support/inferred.ts';
import { json } from '#tests/support/json-values.ts';
import { runs } from '#tests/support/long.ts';
import { folded } from '../../scripts/new/shapes/recursion.ts';
import { shapeOfSchema } from '../../scripts/new/shapes/schema-shape.ts';
import type { Shape } from '../../scripts/new/shapes/shape.ts';
import { shown, type View, viewOf } from '../../scripts/new/texts/view.ts';
import { viewText } from '../../scripts/new/texts/view-text.ts';

const viewFrom = (shape: Shape) => viewOf(shape, 'sample', () => undefined);
const viewOfSample = (sample: unknown) => {
  const told: string[] = [];
  const view = viewOf(folded(shapeOf(sample)), 'it', (path, why) => told.push(`${path}: ${why}`)) as View;
  return { view, told };
};
const reshaped = (sample: unknown) => {
  const { view } = viewOfSample(sample);
  const { schema, reshape } = viewAtWork(view);
  return schema.parse(reshape(sample));
};

describe('a view', () => {
  test('is what its reshape makes of the sample, and its schema takes', () => {
    fc.assert(
      fc.property(json, (value) => {
        const shape = folded(shapeOf(value));
        const view = viewFrom(shape);
        if (view === undefined) return;
        const wire = schemaOf(shape).parse(value);
        const { schema, reshape } = viewAtWork(view);
        expect(JSON.stringify(schema.parse(reshape(wire)))).toBe(JSON.stringify(shown(view, wire)));
        expect(schema.optional().parse(reshape(undefined))).toBe(undefined);
      }),
      { numRuns: runs(1_000) },
    );
  });

  test('is the same by the sample’s shape and by the schema made of it', () => {
    const comparable = (view: View | undefined) => view && JSON.stringify(viewText(view, 'It', 'wire', 'Wire'));
    fc.assert(
      fc.property(json, (value) => {
        const shape = folded(shapeOf(value));
        expect(comparable(viewFrom(shapeOfSchema(schemaOf(shape))))).toBe(comparable(viewFrom(shape)));
      }),
      { numRuns: runs(300) },
    );
  });

  test('has our names, and says of what is not clear why it is left out', () => {
    const { view, told } = viewOfSample({
      member_id: 'm',
      URLPath: '/',
      'reason-code': 'x',
      größe: 'L',
      nothing: null,
      extras: {},
      mixed: [1, 'a'],
      '🙂': 1,
      orders: [{ order_id: 1, note: null }],
    });
    const { members } = view as Extract<View, { kind: 'object' }>;
    expect(members.map(({ name }) => name)).toEqual(['memberId', 'urlPath', 'reasonCode', 'größe', 'orders']);
    expect(told).toEqual([
      'it.nothing: nothing is known of it',
      'it.extras: nothing is known of it',
      'it.mixed[]: it is of several kinds',
      'it.🙂: no letter or digit is in its name',
      'it.orders[].note: nothing is known of it',
    ]);
    expect(viewFrom(shapeOf({ a: null, b: [] }))).toBeUndefined();
  });

  test('keeps apart what would be called alike, and says so', () => {
    const sample = {
      _id: 1,
      id: 2,
      '+1': 3,
      '-1': 4,
      ...JSON.parse('{"then":5}'),
      to_string: 6,
      constructor: 7,
      'member-id': 8,
      memberId: 9,
    };
    expect(reshaped(sample)).toEqual({
      id2: 1,
      id: 2,
      plus1: 3,
      minus1: 4,
      then2: 5,
      toString2: 6,
      memberId2: 8,
      memberId: 9,
    });
    expect(viewOfSample(sample).told).toEqual([
      'it._id: here it is id2, as id is taken',
      'it.+1: here it is plus1',
      'it.-1: here it is minus1',
      'it.then: here it is then2, as then is taken',
      'it.to_string: here it is toString2, as toString is taken',
      'it.member-id: here it is memberId2, as memberId is taken',
    ]);
  });

  test('leaves the keys of a map as they are, and renames within', () => {
    expect(reshaped({ unit_prices: { EUR: { net_price: 1 }, 'p-000042': null } })).toEqual({
      unitPrices: { EUR: { netPrice: 1 }, 'p-000042': null },
    });
  });

  test('of a tree is recursive', () => {
    const node = (name: string, ...below: unknown[]) => ({ display_name: name, sub_nodes: below });
    expect(reshaped({ top: node('a', node('b', node('c'))) })).toEqual({
      top: { displayName: 'a', subNodes: [{ displayName: 'b', subNodes: [{ displayName: 'c', subNodes: [] }] }] },
    });
  });

  test('has nothing private in it', () => {
    const { view, told } = viewOfSample({
      id: 1,
      client_secret: 'pi_1_secret_abcdefgh',
      buyer: { e_mail: 'a@b.example' },
      reachable: ['a@b.example'],
    });
    expect((view as Extract<View, { kind: 'object' }>).members.map(({ name }) => name)).toEqual(['id']);
    expect(told).toEqual([
      'it.client_secret: private: a secret',
      'it.buyer.e_mail: private: an e-mail address',
      'it.reachable[]: private: an e-mail address',
    ]);
  });
});
