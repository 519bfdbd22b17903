import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type BodyRules, bodyTypes, readBody, readBytes } from '#kernel/http/request/body.ts';
import { isPlain } from '#kernel/http/request/plain-text.ts';

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const schema = z.strictObject({
  name: z.string().min(1),
  tags: z.array(z.string()).max(2).optional(),
  address: z.object({ lines: z.array(z.string()) }).optional(),
});
const rules: BodyRules = { kind: 'json', limit: 100, schema };

async function* chunks(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The value, or the slug and its errors, in one line. */
async function read(
  body: string | Uint8Array,
  with_: Partial<BodyRules> = {},
  contentType: string | undefined = JSON_TYPE,
  more = {},
): Promise<unknown> {
  const result = await readBody({ ...rules, ...with_ }, { contentType, ...more }, chunks(body));
  if (result.ok) return result.value;
  return [result.problem.slug, ...(result.problem.errors ?? []).map(({ path, code }) => `${path}:${code}`)].join(' ');
}

describe('bytes', () => {
  test('are counted while they come, and the source is left for the host to answer on', async () => {
    let given = 0;
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          given += 10;
          yield new Uint8Array(10);
        }
      } finally {
        closed = true;
      }
    }
    expect(await readBytes(endless(), 100)).toBeUndefined();
    expect(given).toBe(110);
    expect(closed).toBe(false);
    const stream = Readable.from([Buffer.alloc(60), Buffer.alloc(60)]);
    expect(await readBytes(stream, 100)).toBeUndefined();
    expect(stream.destroyed).toBe(false);
  });

  test('come back in full at every cut, up to the limit itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(60),
        async (bytes, size, limit) => {
          const got = await readBytes(chunks(bytes, size), limit);
          if (bytes.length > limit) expect(got).toBeUndefined();
          else expect(Buffer.compare(got as Uint8Array, bytes)).toBe(0);
        },
      ),
    );
  });

  test.each([1, 7, 1_500, 100_000])('are copied together: of a chunk of %i nothing is kept', async (size) => {
    const sent = Buffer.from(Array.from({ length: size * 30 }, (_, at) => at % 251));
    const chunk = new Uint8Array(size);
    // One piece of memory for all behind the first: who keeps it has the last one many times.
    async function* reused(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < sent.length; at += size) {
        chunk.set(sent.subarray(at, at + size));
        yield at === 0 ? chunk.slice() : chunk;
      }
    }
    expect(Buffer.compare((await readBytes(reused(), sent.length)) as Uint8Array, sent)).toBe(0);
  });

  test('what the source throws is thrown on', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1);
      throw new Error('client gone');
    }
    await expect(readBytes(broken(), 10)).rejects.toThrow('client gone');
  });
});

describe('types', () => {
  test.each([
    [JSON_TYPE, true],
    ['Application/JSON; charset=UTF-8', true],
    ['application/json;charset="utf-8"', true],
    // Not its registered name, and what many send.
    ['application/json; charset=utf8', true],
    ['application/json; charset="UTF8"', true],
    ['application/json; charset=utf16', false],
    ['application/json; charset=latin1', false],
    ['application/problem+json', false],
    ['text/json', false],
    ['text/plain', false],
    ['application/json; a', false],
    ['application', false],
    ['application/json, text/plain', false],
    ['', false],
  ])('%s is JSON: %s', async (type, fits) => {
    expect(await read('{"name":"x"}', {}, type)).toEqual(fits ? { name: 'x' } : 'unsupported-media-type');
  });

  test('a 415 lists what is accepted, and reads nothing', async () => {
    let touched = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      touched = true;
      yield new Uint8Array(1);
    }
    const result = await readBody({ kind: 'form', limit: 10 }, { contentType: 'text/plain' }, source());
    expect(result).toMatchObject({
      ok: false,
      problem: { slug: 'unsupported-media-type', accepted: [FORM] },
    });
    expect(touched).toBe(false);
  });

  test.each([
    ['gzip', false],
    ['br', false],
    ['identity, gzip', false],
    ['identity', true],
    ['IDENTITY', true],
    ['', true],
  ])('content coding %s passes: %s', async (contentEncoding, passes) => {
    expect(await read('{"name":"x"}', {}, JSON_TYPE, { contentEncoding })).toEqual(
      passes ? { name: 'x' } : 'unsupported-media-type',
    );
  });

  test('without a type', async () => {
    const untyped = (body: string, more: Partial<BodyRules> = {}) => readBody({ ...rules, ...more }, {}, chunks(body));
    expect(await untyped('{"name":"x"}')).toMatchObject({ ok: false, problem: { slug: 'unsupported-media-type' } });
    expect(await untyped('')).toMatchObject({
      ok: false,
      problem: { slug: 'invalid-request', errors: [{ code: 'required' }] },
    });
    expect(await untyped('', { optional: true })).toMatchObject({ ok: true, value: undefined });
    expect(await untyped('x', { kind: 'raw' })).toMatchObject({ ok: true, value: Buffer.from('x') });
    expect(await untyped('x', { kind: 'raw', types: ['text/csv'] })).toMatchObject({ ok: false });
  });

  test('raw bodies are bytes of the types named', async () => {
    const raw = { kind: 'raw', types: ['text/csv', 'image/*'] } as const;
    expect(Buffer.from((await read('a,b', raw, 'text/csv; charset=latin1')) as Uint8Array).toString()).toBe('a,b');
    expect(await read('a', raw, 'image/png')).toBeInstanceOf(Uint8Array);
    expect(await read('a', raw, 'text/plain')).toBe('unsupported-media-type');
    expect(bodyTypes({ kind: 'raw', limit: 1 })).toEqual(['*/*']);
  });
});

describe('JSON', () => {
  test.each([
    ['{"name":"x","tags":["a"]}', { name: 'x', tags: ['a'] }],
    ['', 'invalid-request :required'],
    ['{', 'invalid-request :json'],
    ['{"name":"x","name":"y"}', 'invalid-request :json'],
    ['{"name":"x","__proto__":{}}', 'invalid-request :json'],
    [`${'['.repeat(49)}${']'.repeat(49)}`, 'invalid-body :invalid_type'],
    ['{"name":12345678901234567890}', 'invalid-request :json'],
    ['null', 'invalid-body :invalid_type'],
    [
      '{"tags":["a","b","c"],"address":{"lines":[1]},"evil":1}',
      'invalid-body name:required tags:too_big address.lines.0:invalid_type evil:unknown',
    ],
    ['{"constructor":{"prototype":{"polluted":1}},"name":"x"}', 'invalid-body constructor:unknown'],
    [`{"name":"${'x'.repeat(90)}"}`, 'body-too-large'],
  ])('%s', async (text, expected) => {
    expect(await read(text)).toEqual(expected);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('depth, encoding and declared length', async () => {
    const any: Partial<BodyRules> = { schema: z.unknown(), limit: 1_000 };
    expect(await read(`${'['.repeat(64)}${']'.repeat(64)}`, any)).toBeInstanceOf(Array);
    expect(await read(`${'['.repeat(65)}${']'.repeat(65)}`, any)).toBe('invalid-request :json');
    expect(await read(Buffer.from([0x22, 0xff, 0x22]))).toBe('invalid-request :utf-8');
    expect(await read(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('invalid-request :utf-8');
    expect(await read('\ufeff{"name":"x"}')).toEqual({ name: 'x' });
    const result = await readBody(rules, { contentType: JSON_TYPE, contentLength: '101' }, chunks('{"name":"x"}'));
    expect(result).toMatchObject({ ok: false, problem: { slug: 'body-too-large' } });
  });

  test.each([
    ['application/merge-patch+json', { name: null }],
    ['application/json', { name: null }],
    ['application/json; charset=utf-8', { name: null }],
    ['application/json-patch+json', 'unsupported-media-type'],
    ['application/x-www-form-urlencoded', 'unsupported-media-type'],
    ['text/json', 'unsupported-media-type'],
  ])('%s as a merge patch: %j', async (type, read_) => {
    const patch = { kind: 'mergePatch', schema: z.object({ name: z.string().nullish() }) } as const;
    expect(await read('{"name":null}', patch, type)).toEqual(read_);
  });

  test('a merge patch is none where no PATCH is', async () => {
    expect(await read('{"name":"x"}', {}, 'application/merge-patch+json')).toBe('unsupported-media-type');
  });
});

describe('text', () => {
  const form = { kind: 'form' } as const;
  const TAKEN = ['a\tb', 'a\r\nb', '\u05d0\u200f!', '\u{1F600}', '\u200d', '\ufeff'];
  const REFUSED = ['\0', 'a\u0008', '\u001b[0m', '\u007f', '\u0085', '\u202e', 'a\u202ab', '\u2066a\u2069'];

  test.each(TAKEN)('such as %j is taken, whatever it comes as', async (name) => {
    expect(await read(JSON.stringify({ name }))).toEqual({ name });
    expect(await read(String(new URLSearchParams({ name })).replaceAll('%7F', '%7f'), form, FORM)).toEqual({ name });
  });

  test.each(REFUSED)('such as %j is not', async (name) => {
    expect(await read(JSON.stringify({ name }))).toBe('invalid-body name:control-character');
    const sent = `name=${encodeURIComponent(name)}`;
    expect(await read(sent, form, FORM)).toBe('invalid-body name:control-character name:required');
    expect(await read(JSON.stringify({ name: 'a', tags: ['b', name] }))).toBe('invalid-body tags.1:control-character');
  });

  test.each(['"\\ud800"', '"\\udc00a"', '"a\\ud83d"'])('that is half a character, such as %s, is not', async (half) => {
    expect(await read(`{"name":${half}}`)).toBe('invalid-body name:control-character');
    expect(await read(`{"name":"a","address":{"lines":["b",${half}]}}`)).toBe(
      'invalid-body address.lines.1:control-character',
    );
    expect(await read(`{"name":"a",${half}:1}`)).toContain('control-character');
  });
});

describe('forms', () => {
  const form = { kind: 'form', reserved: ['_csrf'] } as const;
  test.each([
    ['name=a+b%26&tags=x&tags=y', { name: 'a b&', tags: ['x', 'y'] }],
    ['name=x&tags=y', { name: 'x', tags: ['y'] }],
    ['name=a%0D%0Ab', { name: 'a\r\nb' }],
    ['name=x&name=y', 'invalid-body name:repeated'],
    ['name=x&nmae=y', 'invalid-body nmae:unknown'],
    ['name=x&__proto__=y', 'invalid-body __proto__:unknown'],
    ['name=%00', 'invalid-body name:control-character name:required'],
    ['name=%ff', 'invalid-body name:bad-escape name:required'],
    ['tags=1&tags=2&tags=3', 'invalid-body name:required tags:too_big'],
    ['', 'invalid-body name:required'],
    ['name=', 'invalid-body name:too_small'],
    ['name=x&address.lines=a&address.lines=b', { name: 'x', address: { lines: ['a', 'b'] } }],
    ['name=x&address.line=a', 'invalid-body address.line:unknown address.lines:required'],
    ['name=x&address=a&address.lines=b', 'invalid-body address.lines:repeated address:invalid_type'],
    ['name=x&address.lines=b&address=a', 'invalid-body address:repeated'],
    ['name=x&address.__proto__=a', 'invalid-body address.__proto__:unknown address.lines:required'],
    ['name=x&tags.0=a', 'invalid-body tags.0:unknown'],
    ['name.first=x', 'invalid-body name.first:unknown name:required'],
  ])('%s', async (text, expected) => {
    expect(await read(text, form, FORM)).toEqual(expected);
  });

  test('reserved fields are left out, which JSON does not have', async () => {
    expect(await readBody({ ...rules, ...form }, { contentType: FORM }, chunks('name=x&_csrf=t'))).toMatchObject({
      ok: true,
      value: { name: 'x' },
    });
    expect(await read('name=x&_csrf=t&_csrf=u', form, FORM)).toBe('invalid-body _csrf:repeated');
    expect(await read('{"name":"x","_csrf":"t"}', { reserved: ['_csrf'] })).toBe('invalid-body _csrf:unknown');
  });

  test('wrapped schemas keep their arrays', async () => {
    const wrapped = z
      .object({
        tags: z
          .array(z.string())
          .default([])
          .transform((list) => list.length),
      })
      .transform((value) => value.tags);
    expect(await read('tags=a&tags=b', { ...form, schema: wrapped }, FORM)).toBe(2);
    const many = Array.from({ length: 300 }, () => 'tags=a').join('&');
    expect(await read(many, { ...form, schema: wrapped, limit: 10_000 }, FORM)).toBe('invalid-body :too-many');
  });

  test('any form comes back', async () => {
    const value = fc.string({ unit: 'grapheme', maxLength: 10 }).filter((text) => isPlain(text, false));
    await fc.assert(
      fc.asyncProperty(
        value.filter((text) => text !== ''),
        fc.array(value, { minLength: 1, maxLength: 2 }),
        async (name, tags) => {
          const text = new URLSearchParams([['name', name], ...tags.map((tag) => ['tags', tag])]).toString();
          expect(await read(text, { ...form, limit: 1_000 }, FORM)).toEqual({ name, tags });
        },
      ),
    );
  });
});
