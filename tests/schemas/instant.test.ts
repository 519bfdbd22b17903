import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Instant } from '#schemas/upstream/instant.ts';

describe('a moment of RFC 3339 is taken, in UTC', () => {
  test.each([
    ['2026-11-29T12:00:00Z', '2026-11-29T12:00:00Z'],
    ['2026-11-29T12:00:00.123456789Z', '2026-11-29T12:00:00.123456789Z'],
    ['2026-11-29T12:00:00+05:30', '2026-11-29T06:30:00.000Z'],
    ['2026-11-29T12:00:00-00:00', '2026-11-29T12:00:00.000Z'],
    ['2026-11-29t12:00:00z', '2026-11-29T12:00:00Z'],
    ['2026-11-29T12:00:00.5z', '2026-11-29T12:00:00.5Z'],
    ['2026-11-29t12:00:00.25+01:00', '2026-11-29T11:00:00.250Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31t23:59:60z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60.75Z', '2017-01-01T00:00:00.750Z'],
    ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
    ['2017-01-01T05:29:60.5+05:30', '2017-01-01T00:00:00.500Z'],
    ['2026-11-29T12:34:60Z', '2026-11-29T12:35:00.000Z'],
  ])('%s', (text, utc) => expect(Instant.parse(text)).toBe(utc));
});

test.each([
  '2026-11-29T12:00:61Z',
  '2026-11-29T12:00:600Z',
  '2026-11-29T12:60:00Z',
  '2026-11-29T24:00:00Z',
  '2026-13-29T12:00:00Z',
  '2026-02-29T12:00:60Z',
  '2026-11-29T12:00:00',
  '2026-11-29T12:00:60',
  '2026-11-29 12:00:00Z',
  '2026-11-29T12:00:60+25:00',
  '2026-11-29T12:00:60.Z',
  '2026-11-29Tnoon:60Z',
  '9999-12-31T23:59:60Z',
  '9999-12-31T23:59:59-00:01',
  '0000-01-01T00:00:00+00:01',
  '',
  ':60',
])('%s is no moment', (text) => expect(Instant.safeParse(text).success).toBe(false));

test('what is taken is the same moment, and nothing makes it throw', () => {
  const offset = z.iso.datetime({ offset: true });
  const spelled = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((at) => at.toISOString());
  fc.assert(
    fc.property(spelled, fc.constantFrom('Z', 'z', '+00:00', '-23:59', '+14:00'), fc.boolean(), (text, zone, lower) => {
      const given = text.replace('Z', zone);
      const taken = Instant.parse(lower ? given.toLowerCase() : given);
      expect(Date.parse(taken)).toBe(Date.parse(given.toUpperCase()));
      const leap = given.replace(/:\d\d\./, ':60.');
      expect(Date.parse(Instant.parse(leap))).toBe(Date.parse(leap.replace(':60.', ':59.').toUpperCase()) + 1_000);
    }),
  );
  fc.assert(
    fc.property(fc.stringMatching(offset.def.pattern as RegExp), (text) => void Instant.safeParse(text)),
    { numRuns: 2_000 },
  );
  fc.assert(fc.property(fc.string(), (text) => void Instant.safeParse(text)));
});
