import fc from 'fast-check';
import { expect, test } from 'vitest';
import { money } from '#app/money.ts';
import { toRows } from '#operations/shape/export.ts';
import { amountOf, minorOf } from '#operations/shape/money.ts';
import { toRate } from '#operations/shape/rate.ts';
import { ShippingRates } from '#schemas/upstream/shipping.ts';

const CURRENCIES = Intl.supportedValuesOf('currency');

test.each([
  ['EUR', 1_500, '15.00'],
  ['JPY', 1_500, '1500'],
  ['ISK', 7, '7'],
  ['KWD', 1_500, '1.500'],
  ['KWD', 5, '0.005'],
  ['CLF', 15_000, '1.5000'],
  // Where Intl, which says how prices are written, knows fewer decimals than ISO 4217.
  ['HUF', 1_500, '15.00'],
  ['IDR', 1_500, '15.00'],
  ['IQD', 1_500, '1.500'],
])('%s %i is written %s, in exports as well', (currency, minor, text) => {
  expect(amountOf({ minor, currency })).toBe(text);
  expect(minorOf(text, currency)).toBe(minor);
  const order = {
    orderId: 'o-000001',
    placedAt: '2026-11-29T12:00:00Z',
    status: 'paid',
    currencyCode: currency,
    lines: [{ productId: 'p-000042', title: 'A', quantity: 1, unitAmountMinor: minor }],
  };
  expect(toRows([order as never])).toBe(`o-000001,2026-11-29T12:00:00Z,paid,p-000042,A,1,${text},${currency}\r\n`);
});

test.each([
  ['JPY', '490', 490],
  ['JPY', '490.00', 490],
  ['KWD', '4.9', 4_900],
  ['EUR', '4.90', 490],
  ['EUR', '4', 400],
])('a carrier’s %s %s is %i', (currency, amount, minor) => {
  const rate = { rate_id: 's', carrier: 'C', service: 's', amount, currency, est_days: { min: 1, max: 2 } };
  expect(toRate(rate).price).toEqual({ minor, currency });
});

test.each([
  ['JPY', '490.50'],
  ['EUR', '4.905'],
])('a part of the smallest unit of %s is drift: %s', (currency, amount) => {
  const rate = { rate_id: 's', carrier: 'C', service: 's', amount, currency, est_days: { min: 1, max: 2 } };
  expect(ShippingRates.safeParse({ request_id: 'r', rates: [rate] }).success).toBe(false);
});

test('there and back is the same', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CURRENCIES), fc.nat(), (currency, minor) => {
      expect(minorOf(amountOf({ minor, currency }), currency)).toBe(minor);
    }),
  );
});

test('a page writes each amount with the decimals that an export has', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CURRENCIES), fc.nat(), (currency, minor) => {
      const [digits] = /\d[\d,.]*/.exec(money({ minor, currency })) ?? [];
      expect(digits?.replaceAll(',', '')).toBe(amountOf({ minor, currency }));
    }),
  );
});

test.each([
  ['EUR', '€1,500.00', 150_000],
  ['JPY', '¥1,500', 1_500],
  ['KWD', 'KWD\u00a01.500', 1_500],
  ['HUF', 'HUF\u00a015.00', 1_500],
])('a page writes %s as %s', (currency, text, minor) => expect(money({ minor, currency })).toBe(text));
