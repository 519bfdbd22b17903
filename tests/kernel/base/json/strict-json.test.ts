import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberSurvives } from '#kernel/base/json/json-number.ts';
import { isStrictJsonError, type JsonFlaw, scanJson } from '#kernel/base/json/json-scanner.ts';
import { parseStrictJson } from '#kernel/base/json/strict-json.ts';
import { LONG, runs } from '#tests/support/long.ts';

const LIMITS = { depth: 64 };
const json = fc.jsonValue({ maxDepth: 6 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

/** What went wrong, as text; `fine` when nothing did. */
function verdict(text: string, limits = LIMITS): string {
  try {
    parseStrictJson(text, limits);
    return 'fine';
  } catch (thrown) {
    if (!isStrictJsonError(thrown)) throw thrown;
    return `${thrown.message} @${thrown.at}`;
  }
}

/** The same JSON with spaces between all tokens and every letter in strings escaped, so that nothing takes the fast path. */
function respelled(value: unknown): string {
  if (typeof value === 'string')
    return `"${[...Array(value.length).keys()].map((i) => `\\u${value.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`;
  if (Array.isArray(value)) return `[ ${value.map(respelled).join(' ,\n')} ]`;
  if (typeof value === 'object' && value !== null) {
    return `{\t${Object.entries(value)
      .map(([key, member]) => `${respelled(key)} : ${respelled(member)}`)
      .join(' , ')} }`;
  }
  return JSON.stringify(value);
}

/** An independent reading of "survives": the literal as a fraction of big integers against what the double prints at its precision. */
function survivesByFractions(literal: string): boolean {
  const number = Number(literal);
  if (!Number.isFinite(number)) return false;
  const significant = literal
    .replace(/[eE].*/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '').length;
  const precise = significant === 0 || significant > 17 ? [] : [number.toPrecision(significant)];
  const own = fraction(literal);
  return [String(number), ...precise]
    .map(fraction)
    .some((back) => own.numerator * back.denominator === back.numerator * own.denominator);
}

function fraction(literal: string): { numerator: bigint; denominator: bigint } {
  const [, sign, whole = '0', decimals = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const shift = Number(exponent) - decimals.length;
  const magnitude = BigInt(whole + decimals) * (sign === '-' ? -1n : 1n);
  return shift >= 0
    ? { numerator: magnitude * 10n ** BigInt(shift), denominator: 1n }
    : { numerator: magnitude, denominator: 10n ** BigInt(-shift) };
}

const TEXTS = LONG ? 20_000 : 2_000;

describe('what JSON.parse keeps', () => {
  test('any JSON value comes back, however it is spelled', () => {
    fc.assert(
      fc.property(json, (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2), respelled(value)]) {
          expect(parseStrictJson(text, LIMITS)).toEqual(JSON.parse(text));
          expect(parseStrictJson(text, LIMITS)).toEqual(plain);
        }
      }),
    );
  });

  test('the scanner accepts exactly what JSON.parse does, where nothing is lost', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'{}[]",:0.1e-+ntrue \\u00e9'.split('')), maxLength: 14 });
    const cut = fc
      .tuple(json, fc.nat(), fc.nat(2), fc.constantFrom('', ',', '"', '}', '\\', '\u0001', '0', 'e'))
      .map(([value, at, gone, put]) => {
        const text = JSON.stringify(value);
        const start = at % (text.length + 1);
        return text.slice(0, start) + put + text.slice(start + gone);
      });
    let valid = 0;
    fc.assert(
      fc.property(fc.oneof(soup, cut), (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        let refused = '';
        try {
          scanJson(text, 64);
        } catch (thrown) {
          refused = (thrown as Error).message;
        }
        const lossy = ['repeats a key', 'has a number that would lose digits', 'has a member that may not be named so'];
        if (parses) {
          valid++;
          expect(lossy.concat('')).toContain(refused);
        } else expect(refused).not.toBe('');
      }),
      { numRuns: TEXTS },
    );
    expect(valid).toBeGreaterThan(TEXTS / 40);
  });

  test.each([
    '1.0',
    '1e2',
    '0.10',
    '-0',
    '-0.0',
    '0e999',
    '1E+2',
    '9007199254740992',
    '9007199254740994',
    '1e23',
    '1.7976931348623157e308',
    '5e-324',
    '0.1',
    '0.30000000000000004',
    '0.10000000000000001',
    '-1803857920995365.2',
    '5.684341886080802e-14',
    '5.6843418860808015e-14',
    '100000000000000000000',
    '"\\ud800"',
    ' null ',
    '"\\u0061"',
    '{"constructor":{"prototype":1}}',
  ])('%s passes', (text) => {
    expect(verdict(text)).toBe('fine');
  });
});

describe('the quick look before the scanner', () => {
  const blank = fc.constantFrom('', '', ' ', '\n  ', '\t');
  const name = fc.constantFrom('a', 'b', 'c', '\\u0061', 'a\\":', '\\\\', '', ':', '{', '1');
  const scalar = fc.constantFrom(
    '1',
    '-2.50',
    '9007199254740993',
    '1e2',
    '1e999',
    'true',
    'null',
    '"x"',
    '"\\":1"',
    '"\\\\"',
    '"\\/"',
    '"é"',
  );
  const { value: anyText } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      scalar,
      fc
        .tuple(fc.array(fc.tuple(blank, name, blank, blank, tie('value'), blank), { maxLength: 4 }))
        .map(
          ([members]) => `{${members.map(([b, key, c, d, value, e]) => `${b}"${key}"${c}:${d}${value}${e}`).join()}}`,
        ),
      fc
        .array(fc.tuple(blank, tie('value'), blank), { maxLength: 4 })
        .map((items) => `[${items.map((item) => item.join('')).join()}]`),
    ),
  }));

  test('lets pass exactly what the scanner does, and lists the same losses', () => {
    let [lost, kept] = [0, 0];
    fc.assert(
      fc.property(anyText, (text) => {
        const [seen, due]: [JsonFlaw[], JsonFlaw[]] = [[], []];
        const failure = caught(() => scanJson(text, 64, { flaws: due, parsed: JSON.parse(text) }));
        expect(caught(() => parseStrictJson(text, LIMITS, seen))).toEqual(failure);
        expect(seen).toEqual(due);
        if (due.length > 0) lost++;
        else kept++;
      }),
      { numRuns: TEXTS },
    );
    expect(Math.min(lost, kept)).toBeGreaterThan(TEXTS / 50);
  });

  function caught(run: () => unknown): string | undefined {
    try {
      run();
      return undefined;
    } catch (thrown) {
      return (thrown as Error).message;
    }
  }
});

describe('what it would lose', () => {
  test.each([
    ['{"a":1,"a":1}', 'repeats a key @7'],
    ['{"a":1,"\\u0061":2}', 'repeats a key @7'],
    ['[{"b":[{"x":0,"y":0,"x":0}]}]', 'repeats a key @20'],
    ['{"__proto__":1}', 'has a member that may not be named so @1'],
    ['[{"a":{"\\u005f_proto__":{"admin":true}}}]', 'has a member that may not be named so @7'],
    ['9007199254740993', 'has a number that would lose digits @0'],
    ['[1,-9007199254740993.0]', 'has a number that would lose digits @3'],
    ['90071992547409930e-1', 'has a number that would lose digits @0'],
    ['18446744073709551616', 'has a number that would lose digits @0'],
    ['12345678901234567890', 'has a number that would lose digits @0'],
    ['0.1234567890123456789', 'has a number that would lose digits @0'],
    ['1e999', 'has a number that would lose digits @0'],
    ['-1e999', 'has a number that would lose digits @0'],
    ['1e-400', 'has a number that would lose digits @0'],
    ['', 'ends too early @0'],
    ['{"a":', 'ends too early @5'],
    ['{"a":1}x', 'has text after its end @7'],
    ['{"a":x}', 'is not JSON @5'],
    ['[1.e', 'is not JSON @1'],
    ['[trx', 'is not JSON @1'],
    ['[-', 'ends too early @2'],
    ['["\\u0g', 'has a bad escape @2'],
    ["{'a':1}", 'is not JSON @1'],
    ['[1,]', 'is not JSON @3'],
    ['01', 'has text after its end @1'],
    ['"\t"', 'has a control character in a string @1'],
    ['"\\x"', 'has a bad escape @1'],
    ['"\\u12g4"', 'has a bad escape @1'],
    ['\ufeff1', 'is not JSON @0'],
  ])('%s', (text, expected) => {
    expect(verdict(text)).toBe(expected);
  });

  test('a text that is cut ends too early, wherever it was cut', () => {
    const lossy = fc.constantFrom('1234567890123456789', '1.50e+3', '-0.5E-7', 'true', 'null', '{"a":1,"a":2}');
    fc.assert(
      fc.property(fc.array(json, { maxLength: 4 }), lossy, fc.boolean(), fc.nat(), (values, more, escaped, at) => {
        const spelled = values.map((value) => (escaped ? respelled(value) : JSON.stringify(value)));
        const text = `{"all":[${[more, ...spelled, more].join(',')}]}`;
        const cut = text.slice(0, at % text.length);
        expect(() => parseStrictJson(cut, LIMITS, []), cut).toThrow('ends too early');
      }),
    );
  });

  test('a repeated key is caught wherever it stands and however it is spelled', () => {
    const object = fc
      .dictionary(fc.string({ minLength: 1 }), json, { minKeys: 1, maxKeys: 5 })
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(object, fc.nat(), json, fc.boolean(), (value, pick, other, escaped) => {
        const keys = Object.keys(value);
        const key = keys[pick % keys.length] as string;
        const again = `${escaped ? respelled(key) : JSON.stringify(key)}:${JSON.stringify(other)}`;
        const text = `[0,${JSON.stringify(value).slice(0, -1)},${again}}]`;
        expect(verdict(text)).toMatch(/^repeats a key/);
      }),
    );
  });

  test('depth is counted, and a million brackets end no process', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
      expect(verdict(nested(64))).toBe('fine');
      expect(verdict(nested(65))).toBe(`nests too deeply @${open.length * 64}`);
      expect(verdict(` ${nested(65)}`)).toBe(`nests too deeply @${open.length * 64 + 1}`);
      expect(verdict(nested(200_000))).toMatch(/^nests too deeply/);
    }
    expect(verdict('['.repeat(1_000_000))).toMatch(/^nests too deeply/);
    expect(verdict('1', { depth: 0 })).toBe('fine');
    expect(verdict('[]', { depth: 0 })).toBe('nests too deeply @0');
  });

  test('numbers survive exactly when their digits come back', () => {
    const digits = (most: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: most });
    const literal = fc
      .tuple(
        fc.constantFrom('', '-'),
        digits(22),
        fc.option(digits(22)),
        fc.option(fc.integer({ min: -340, max: 340 })),
      )
      .map(
        ([sign, whole, decimals, exponent]) =>
          `${sign}${whole.replace(/^0+(?=\d)/, '')}${decimals === null ? '' : `.${decimals}`}${exponent === null ? '' : `e${exponent}`}`,
      );
    fc.assert(
      fc.property(literal, (text) => {
        expect([text, numberSurvives(text)]).toEqual([text, survivesByFractions(text)]);
      }),
      { numRuns: runs(5_000) },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        for (const text of [JSON.stringify(number), number.toPrecision(17), number.toExponential()])
          expect([text, numberSurvives(text)]).toEqual([text, true]);
      }),
      { numRuns: runs(10_000) },
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }), (integer) => {
        if (BigInt(Number(integer)) !== integer) expect(numberSurvives(String(integer))).toBe(false);
      }),
    );
  });

  test('nothing is polluted, and the message quotes nothing', () => {
    parseStrictJson('{"constructor":{"prototype":{"polluted":1}}}', LIMITS);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(verdict('{"secret-token":x}')).not.toContain('secret');
  });
});

// V8 14.6 takes the name for the one that it has seen before: findings/json-parse-reads-another-key.sh.
test.each(['"', '\n', '\\"', 'a"'])(
  'a name that JSON.parse reads as another is never given under that one: %j',
  (name) => {
    for (let time = 0; time < 3; time++) JSON.parse('{"a":1,"\\\\":2}');
    for (const wrap of [(text: string) => text, (text: string) => `[{"b":${text}}]`]) {
      const text = wrap(JSON.stringify({ a: 1, [name]: 2 }));
      let read: string;
      try {
        read = JSON.stringify(parseStrictJson(text, { depth: 8 }));
      } catch (error) {
        read = (error as Error).message;
      }
      expect([text, 'has a name that this runtime reads as another']).toContain(read);
    }
  },
);
