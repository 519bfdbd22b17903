import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openPosition, sealPosition } from '#kernel/realtime/event-frames.ts';
import { frame, heartbeat, reconnect, resumeFrom, retryLine } from '#kernel/realtime/frame.ts';

const RUNS = 2_000;
const line = fc.string({ unit: fc.constantFrom('a', ' ', ':', '\n', '\r', '\r\n', 'é', '漢', '\u2028', '\0', '"') });
const field = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'Z', '7', '"', '-', '_', '/', '+', 'é') });

/** What another's parser makes of the bytes, fed in pieces of this size. */
function read(bytes: Uint8Array, size = bytes.length): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; at += size)
    parser.feed(decoder.decode(bytes.subarray(at, at + size), { stream: true }));
  return events;
}

describe('a frame', () => {
  test('is read back as it was written, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ event: field, id: field, data: line.filter((text) => text !== '') }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.integer({ min: 1, max: 40 }),
        (fields, size) => {
          const found = read(Buffer.concat(fields.map(frame)), size);
          expect(found).toEqual(
            fields.map(({ event, id, data }) => ({ event, id, data: data.replaceAll(/\r\n|\r/g, '\n') })),
          );
        },
      ),
      { numRuns: RUNS },
    );
  });

  test.each(['a\nb', 'a\rb', 'a\0b'])('has no name and no id that would be read as something else: %j', (bad) => {
    expect(() => frame({ event: bad, data: '' })).toThrow(RangeError);
    expect(() => frame({ event: 'a', id: bad, data: '' })).toThrow(RangeError);
    expect(() => resumeFrom(bad)).toThrow(RangeError);
  });

  test('of a heartbeat is no event, and no empty line that a client could make one of', () => {
    expect(read(heartbeat())).toEqual([]);
    expect(heartbeat().toString()).toBe(':\n');
  });

  test('has what says when to come back among its own fields', () => {
    const event = { event: 'a', id: '1', data: 'b' };
    expect(read(Buffer.concat([retryLine(1_500.4), heartbeat(), frame(event)]))).toEqual([event]);
    expect(reconnect(1_500.4).toString()).toBe('retry: 1500\nevent: reconnect\ndata: {"after":1500}\n\n');
  });

  test('is never without data, whatever it is for', () => {
    const written = [heartbeat(), retryLine(1), frame({ event: 'a', data: '' }), resumeFrom('1'), reconnect(1)];
    const text = Buffer.concat(written).toString();
    for (const block of text.split('\n\n').filter((block) => block !== '')) expect(block).toMatch(/^data: /m);
  });
});

describe('an event id', () => {
  const key = Buffer.alloc(16, 7);
  const position = fc.nat(2 ** 47);

  test('says where it stands only to a holder of the key', () => {
    fc.assert(
      fc.property(position, (at) => {
        const id = sealPosition(key, at);
        expect(id).toMatch(/^[\w-]{22}$/);
        expect(openPosition(key, id)).toBe(at);
        expect(openPosition(Buffer.alloc(16, 8), id)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  test('is not guessed: nothing that was not given opens', () => {
    const anything = fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[\w-]{22}$/));
    fc.assert(
      fc.property(anything, (id) => openPosition(key, id) === undefined),
      { numRuns: RUNS },
    );
  });
});
