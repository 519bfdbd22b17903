import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptable, coding } from '#kernel/http/negotiation/negotiate.ts';
import { runs } from '#tests/support/long.ts';

const JSON_TYPE = 'application/json';
const SSE = 'text/event-stream';
const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8';

describe('Accept, offering JSON and an event stream', () => {
  test.each([
    [undefined, JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['', JSON_TYPE],
    [CHROME, JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['APPLICATION/JSON', JSON_TYPE],
    ['application/json, text/plain, */*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['text/event-stream', SSE],
    ['text/*', SSE],
    // As generated clients ask: all that an operation may answer, in whatever order.
    ['application/json, text/event-stream, application/problem+json', JSON_TYPE],
    ['application/problem+json, text/event-stream, application/json', JSON_TYPE],
    ['text/event-stream, */*', SSE],
    ['text/event-stream;q=0.5, application/json;q=0.4', SSE],
    ['text/event-stream;q=0.4, application/json;q=0.5', JSON_TYPE],
    ['*/*, application/json;q=0', SSE],
    ['application/json;q=0, */*', SSE],
    ['application/json;q=0', undefined],
    ['*/*;q=0', undefined],
    ['*/*;q=0, application/json', JSON_TYPE],
    ['text/html', undefined],
    ['image/*, text/html', undefined],
    ['application/json; charset=utf-8', JSON_TYPE],
    ['application/json;charset=latin1', undefined],
    ['application/json;version=2', undefined],
    ['text/html;note="a,application/json"', undefined],
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', JSON_TYPE],
    ['garbage', JSON_TYPE],
    ['garbage, text/html', undefined],
    ['application/json;q=2', JSON_TYPE],
    ['application/json;q=abc, text/event-stream', SSE],
    ['*/json', JSON_TYPE],
    [',,,', JSON_TYPE],
    ['"', JSON_TYPE],
    [`text/html,${'x/y,'.repeat(1_000)}`, JSON_TYPE],
  ])('%s: %s', (accept, expected) => {
    expect(acceptable(accept, [JSON_TYPE, SSE])).toBe(expected);
  });

  test('offered types with parameters, and none offered', () => {
    expect(acceptable('text/html;level=1;q=0.3, text/html;q=0.7', ['text/html;level=1', 'text/html'])).toBe(
      'text/html',
    );
    expect(acceptable('text/html;level=1', ['text/html', 'text/html;level=1'])).toBe('text/html;level=1');
    expect(acceptable('*/*', [])).toBeUndefined();
  });

  test('it never throws, and never gives what was not offered', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'a/*;q=0.1, "\\+json'.split('')), maxLength: 60 });
    fc.assert(
      fc.property(fc.oneof(soup, fc.string()), (accept) => {
        expect([undefined, JSON_TYPE, SSE]).toContain(acceptable(accept, [JSON_TYPE, SSE]));
      }),
      { numRuns: runs(3_000) },
    );
  });

  test('the best weight wins, over every set of weights and every order', () => {
    const types = ['a/x', 'a/y', 'b/z'];
    const weights = fc.tuple(...types.map(() => fc.integer({ min: 0, max: 10 })));
    fc.assert(
      fc.property(weights, fc.boolean(), (qs, turned) => {
        const elements = types.map((type, i) => `${type};q=${(qs[i] as number) / 10}`);
        const best = Math.max(...qs);
        const expected = best === 0 ? undefined : types[qs.indexOf(best)];
        expect(acceptable((turned ? elements.reverse() : elements).join(', '), types)).toBe(expected);
      }),
    );
  });
});

describe('Accept-Encoding, holding br and gzip', () => {
  test.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['deflate', 'identity'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['*;q=0', 'identity'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0.8, gzip;q=0.8', 'br'],
    ['br;q=0', 'identity'],
    ['identity', 'identity'],
    ['identity;q=1, br;q=0.5', 'identity'],
    ['identity;q=0.5, br;q=0.5', 'br'],
    ['identity;q=0', 'identity'],
    ['identity;q=0, gzip', 'gzip'],
    ['gzip;Q=0.5', 'gzip'],
    ['gzip ; q=0', 'identity'],
    ['gzip;q=nonsense', 'identity'],
    ['brr, gzipped', 'identity'],
    [`gzip,${'a,'.repeat(2_000)}`, 'identity'],
  ])('%s: %s', (field, expected) => {
    expect(coding(field, ['br', 'gzip'])).toBe(expected);
  });

  test('only what is held', () => {
    expect(coding('gzip, deflate, br', [])).toBe('identity');
    expect(coding('gzip, deflate, br', ['gzip'])).toBe('gzip');
    expect(coding('br', ['gzip'])).toBe('identity');
    expect(coding('gzip, deflate, br, zstd', ['gzip', 'br'])).toBe('gzip');
  });

  test('a refused coding is never sent, whatever else is said', () => {
    const element = fc.tuple(fc.constantFrom('gzip', 'br', 'identity', '*', 'zstd'), fc.integer({ min: 0, max: 10 }));
    fc.assert(
      fc.property(fc.uniqueArray(element, { selector: ([name]) => name, maxLength: 5 }), (elements) => {
        const field = elements.map(([name, q]) => `${name};q=${q / 10}`).join(', ');
        const weight = (name: string) =>
          new Map<string, number>(elements).get(name) ??
          (name === 'identity' ? undefined : new Map<string, number>(elements).get('*')) ??
          0;
        const chosen = coding(field, ['br', 'gzip']);
        if (chosen !== 'identity') {
          expect(weight(chosen)).toBeGreaterThan(0);
          expect(weight(chosen)).toBe(Math.max(weight('br'), weight('gzip'), weight('identity')));
        } else expect(Math.max(weight('br'), weight('gzip'))).toBeLessThanOrEqual(weight('identity'));
      }),
    );
  });
});
