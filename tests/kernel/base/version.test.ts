import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions, parseVersion, type Version } from '#kernel/base/version.ts';

const read = (text: string): Version => {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`${text} is no version`);
  return version;
};

/** In the order of SemVer 2.0.0 §11. */
const RISING = [
  '0',
  '0.0.1-0',
  '0.0.1-alpha',
  '0.0.1',
  '0.9.10',
  '0.10.0',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.1',
  '2.4-beta',
  '2.4',
  '10',
];

describe('versions', () => {
  test('stand in the order of SemVer, each before all that follow', () => {
    for (const [place, text] of RISING.entries()) {
      for (const [other, later] of RISING.entries()) {
        expect(Math.sign(compareVersions(read(text), read(later))), `${text} and ${later}`).toBe(
          Math.sign(place - other),
        );
      }
    }
  });

  test.each([
    ['2', '2.0.0'],
    ['2.4', '2.4.0'],
    ['2.4.0+451', '2.4.0+7'],
    ['2.4-rc.1', '2.4.0-rc.1+x'],
  ])('%s is as good as %s', (one, other) => expect(compareVersions(read(one), read(other))).toBe(0));

  test.each([
    ...['', ' ', '2.', '.4', '2..4', '2.4.0.1', 'v2.4', '2.4.x', '2,4', '02.4', '2.04', '-1', '+2', '1e3', '0x2'],
    ...['2.4-', '2.4-a..b', '2.4-01', '2.4-ä', '2.4+', '2.4 ', '\n2.4', '2.4\n', '٢.٤', '1234567890', 'latest'],
    ...['NaN', 'Infinity', `2.4-${'a'.repeat(65)}`],
  ])('%j is none', (text) => expect(parseVersion(text)).toBeUndefined());

  const part = fc.integer({ min: 0, max: 30 });
  const before = fc.array(fc.oneof(part.map(String), fc.constantFrom('a', 'beta', 'rc', 'x-1')), { maxLength: 3 });
  const version = fc
    .tuple(part, part, part, before)
    .map(([major, minor, patch, ids]) =>
      read(`${major}.${minor}.${patch}${ids.length > 0 ? `-${ids.join('.')}` : ''}`),
    );

  test('are ordered in full: turned round the sign turns, and it carries over', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)));
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        if (compareVersions(a, b) === 0) expect(a.text).toBe(b.text);
      }),
    );
  });
});
