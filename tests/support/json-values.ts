import fc from 'fast-check';

/** No backslash alone: V8 14 takes an escaped key for it where an object had one before. */
const KEYS = [
  ...['id', '_id', 'a-b', 'a_b', 'aB', 'größe', '', '1st', '"', 'constructor', 'toString', 'then', '🙂', '\ud800'],
  ...[
    'on',
    'off',
    `$${'{x}'}`,
    '+1',
    '-1',
    'EUR',
    'USD',
    '2026-11-23',
    '17',
    'de-DE',
    'children',
    'created',
    'email',
    'token',
  ],
];
const TEXTS = [
  ...['2026-11-23', '2026-02-30', '2026-11-23T09:30:00Z', '2026-11-23T09:30:00.5+01:00', '2026-11-23T09:30', ''],
  ...[`$${'{x}'}`, "'", '\ud800', 'somebody@example.com', '2024'],
];

/** JSON values as upstreams might have them: many of one kind, with members missing here and there, and strange names. */
export const { json, object } = fc.letrec<{ json: unknown; object: object }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
    fc.constantFrom(...TEXTS),
    fc.array(tie('json'), { maxLength: 4 }),
    tie('object'),
    fc.array(tie('object'), { maxLength: 4 }),
  ),
  // As JSON.parse makes it. No whole numbers but one, whose order is not ours.
  object: fc
    .array(
      fc.tuple(
        fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(...KEYS) },
          { weight: 1, arbitrary: fc.string({ maxLength: 3 }).map((key) => key.replaceAll(/[\d\\]/g, 'd')) },
        ),
        tie('json'),
      ),
      { maxLength: 5 },
    )
    .map((entries) =>
      JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)}}`),
    ),
}));

/** The same with members missing and null, by the choices in `dice`: what the next answer of an upstream might be. */
export function nextAnswer(value: unknown, dice: () => number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => nextAnswer(each, dice));
  const entries = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    const [cast] = [dice() % 4];
    return cast === 0 ? [] : [[key, cast === 1 ? null : nextAnswer(member, dice)]];
  });
  return Object.fromEntries(entries);
}
