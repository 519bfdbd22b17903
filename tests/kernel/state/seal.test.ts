import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSeal } from '#kernel/state/seal.ts';

const [old, young, other] = [randomBytes(32), randomBytes(32), randomBytes(32)];

describe('a seal', () => {
  const seal = createSeal([young, old]);

  test('opens what it sealed, for its place and no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (text, place, elsewhere) => {
        const sealed = seal.seal(text, place);
        expect(seal.open(sealed, place)).toBe(text.toWellFormed());
        if (place.toWellFormed() !== elsewhere.toWellFormed()) expect(seal.open(sealed, elsewhere)).toBeUndefined();
      }),
    );
  });

  test('never seals twice the same, and shows nothing of the text', () => {
    const sealed = new Set(Array.from({ length: 100 }, () => seal.seal('refresh-token', 'p')));
    expect(sealed.size).toBe(100);
    for (const one of sealed) expect(Buffer.from(one, 'base64url').includes('refresh')).toBe(false);
  });

  test('opens what an older key sealed, and nothing of a key that is gone', () => {
    const before = createSeal([old]).seal('text', 'p');
    expect(seal.open(before, 'p')).toBe('text');
    expect(createSeal([young]).open(before, 'p')).toBeUndefined();
    expect(createSeal([other]).open(seal.seal('text', 'p'), 'p')).toBeUndefined();
  });

  test('seals with the first key, so that the others can go', () => {
    const sealed = seal.seal('text', 'p');
    expect(createSeal([young]).open(sealed, 'p')).toBe('text');
    expect(createSeal([old]).open(sealed, 'p')).toBeUndefined();
  });

  test('does not open what was changed in any byte, cut or made up', () => {
    const sealed = seal.seal('a text of some length', 'p');
    const body = Buffer.from(sealed.slice(9), 'base64url');
    for (let index = 0; index < body.length; index++) {
      const changed = Buffer.from(body);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(seal.open(sealed.slice(0, 9) + changed.toString('base64url'), 'p')).toBeUndefined();
      expect(seal.open(sealed.slice(0, 9) + body.subarray(0, index).toString('base64url'), 'p')).toBeUndefined();
    }
    for (const text of ['', '.', 'x', sealed.slice(0, 9)]) expect(seal.open(text, 'p')).toBeUndefined();
  });

  test('needs a key of 32 bytes', () => {
    expect(() => createSeal([])).toThrow(TypeError);
    expect(() => createSeal([randomBytes(16)])).toThrow(TypeError);
  });
});
