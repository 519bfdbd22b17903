import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leavesOf } from '#inspector/json/leaves.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import { isHidden, MAX_RECORDED_LENGTH, maskedJson, shownReply, shownRequest } from '#kernel/telemetry/mask.ts';
import { recordTrace } from '#kernel/telemetry/record-trace.ts';
import { findTrace, type RequestTrace } from '#kernel/telemetry/trace.ts';
import { PARAMETERS } from '#reference/components.ts';

const read = (text: string | undefined) => JSON.parse(text ?? 'null') as unknown;

describe('what is masked by value', () => {
  test('keeps keys and types, and no value at all', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 3 })), (value) => {
        const shown = read(maskedJson(value, 'values'));
        expect(Object.keys(shown as object)).toEqual(Object.keys(JSON.parse(JSON.stringify(value))));
        for (const leaf of leavesOf(shown)) {
          const container = typeof leaf.value === 'object';
          expect(container || isHidden(leaf.value)).toBe(true);
        }
      }),
    );
  });

  test('says nothing by its keys either, where they are data', () => {
    const text = maskedJson({ 'anna@example.com': 1, 'c-4711': 2, '+49 30 1234': 3, lines: [{ id: 'x' }] }, 'values');
    expect(text).not.toMatch(/anna|4711|1234/);
    expect(text).toContain('"lines"');
  });
});

describe('what is masked by name', () => {
  test.each([
    ['email', 'a'],
    ['accessToken', 'b'],
    ['client_secret', 'c'],
    ['shippingAddress', { city: 'Bergen', lines: ['Strandgaten 1'] }],
    ['cardNumber', 4_111],
    ['author', { name: 'Anna' }],
    ['recipientName', 'Anna'],
  ])('%s is', (name, value) => {
    const leaves = leavesOf(read(maskedJson({ [name]: value }, 'named')));
    expect(leaves.every((leaf) => isHidden(leaf.value))).toBe(true);
  });

  test.each([
    'write to anna@example.com, please',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
    'Bearer abc123',
    'sk_live_0123456789',
    '4111 1111 1111 1111',
  ])('a text is that looks like %j', (text) => {
    expect(maskedJson({ note: [text] }, 'named')).toBe('{"note":["‹string›"]}');
  });

  test('what everybody may see is not', () => {
    const thing = { id: 'p-1', title: 'Lamp', price: { minor: 1_299 }, images: [], on: true, none: null };
    expect(read(maskedJson(thing, 'named'))).toEqual(thing);
  });
});

test('what is too long is not kept', () => {
  expect(maskedJson('x'.repeat(MAX_RECORDED_LENGTH), 'named')).toBeUndefined();
});

test.each(['x', '@', 'a@', 'a@a.', '-eyJ', 'eyJaaaaaaaa.', '1 ', 'Bearer ', ' '])(
  'no text of %j takes long',
  (piece) => {
    // What takes quadratic time does not come to its end before the test is given up.
    expect(maskedJson(piece.repeat(MAX_RECORDED_LENGTH / piece.length), 'named')).not.toBe('');
  },
);

describe('headers', () => {
  test('are shown by name; their values only where they say nothing of a person', () => {
    const text = JSON.stringify(
      shownRequest({
        accept: 'application/json',
        authorization: 'Bearer SECRET',
        cookie: 'sid=SECRET; scenario=SECRET',
        'x-forwarded-for': '203.0.113.9',
        referer: 'https://shop.example.com/search?q=SECRET',
        'x-something-new': 'SECRET',
        'idempotency-key': 'SECRET',
      }),
    );
    expect(text).not.toMatch(/SECRET|203\.0/);
    for (const seen of ['application/json', 'authorization', 'sid=•••', 'x-something-new'])
      expect(text).toContain(seen);
  });

  test('that the reference names are shown, but for the names of intentions', () => {
    const named = Object.values(PARAMETERS).map((parameter) => String(parameter.name));
    const shown = shownRequest(Object.fromEntries(named.map((name) => [name, 'SHOWN'])));
    const hidden = shown.flatMap(([name, value]) => (value === 'SHOWN' ? [] : [name]));
    expect(hidden).toEqual(['idempotency-key']);
  });

  test('cookies that are set are shown by what they may do', () => {
    const [, set] = shownReply(['Content-Type', 'application/json', 'Set-Cookie', 'sid=SECRET; Path=/; HttpOnly']);
    expect(set).toEqual(['Set-Cookie', 'sid=•••; Path=/; HttpOnly']);
  });
});

test('bodies are bounded together: the oldest go, and their traces stay', () => {
  resetRegistry();
  const view = 'x'.repeat(1024 * 1024);
  const trace = (id: string): RequestTrace => ({
    id,
    at: 0,
    method: 'GET',
    target: '/',
    operation: 'x',
    lane: '',
    status: 200,
    duration: 1,
    deadline: 1,
    bytesOut: 0,
    cache: 'miss',
    sections: {},
    calls: [],
    capture: { request: [], reply: [], view },
  });
  for (let number = 0; number < 20; number++) recordTrace(trace(`r${number}`));
  expect(findTrace('r0')).toBeDefined();
  expect(findTrace('r0')?.capture).toBeUndefined();
  const held = Array.from({ length: 20 }, (_, number) => findTrace(`r${number}`)?.capture).filter(Boolean);
  expect(held).toHaveLength(15);
});
