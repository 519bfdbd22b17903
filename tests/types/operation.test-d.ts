import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { created, done, events, found, seeOther } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { topic } from '#kernel/contract/topic.ts';
import { optional, required, subject } from '#kernel/flow/section.ts';
import { compose } from '#kernel/flow/tools.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';

const View = z.object({ n: z.number() });
const http = upstream('shop', { timeout: 1, attempts: 1, parallel: 1 });
const call = http.get(path`x`, View);
const contract = {
  id: 'x',
  route: 'GET /api/x/{id}',
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string(), page: z.coerce.number().default(1) }),
  example: { id: '1' },
  output: View,
  deadline: 1,
} as const;

describe('a live operation', () => {
  test('answers with events and nothing else', () => {
    const live = { ...contract, live: true } as const;
    operation(live, async () => events({ topics: [topic('news', 'public')], watch: [] }));
    // @ts-expect-error a view is no stream
    operation(live, async () => ({ n: 1 }));
    // @ts-expect-error what is not live has a view
    operation(contract, async () => events({ topics: [], watch: [] }));
  });
});

describe('parts', () => {
  const withParts = { ...contract, parts: ['rating', 'stock'] } as const;

  test('are optional sections, all of them', () => {
    operation(withParts, (_, { all }) =>
      all({ it: subject(call), rating: optional(call), stock: optional(call, { n: 0 }) }, ({ it }) => it),
    );
  });

  test('that are declared cannot be left out, nor be what the answer needs, nor be awaited', () => {
    // @ts-expect-error stock is not there
    operation(withParts, (_, { all }) => all({ it: subject(call), rating: optional(call) }, ({ it }) => it));
    const needed = { it: subject(call), rating: optional(call), stock: required(call) } as const;
    // @ts-expect-error stock is not optional
    operation(withParts, (_, { all }) => all(needed, ({ it }) => it));
    // @ts-expect-error no sections at all
    operation(withParts, async () => ({ n: 1 }));
  });
});

describe('a reshape', () => {
  test('sees each section’s value, that of an optional one with its fallback', () => {
    operation(contract, (_, { all }) =>
      all(
        {
          a: subject(call),
          b: optional(call),
          c: optional(call, { n: 0 }),
          d: optional(call, 'none' as const),
          e: required(compose(async ({ all: inner }) => inner({ x: required(call) }))),
        },
        (values) => {
          expectTypeOf(values.a).toEqualTypeOf<{ n: number }>();
          expectTypeOf(values.b).toEqualTypeOf<{ n: number } | undefined>();
          expectTypeOf(values.c).toEqualTypeOf<{ n: number } | undefined>();
          expectTypeOf(values.d).toEqualTypeOf<{ n: number } | 'none' | undefined>();
          expectTypeOf(values.e.x).toEqualTypeOf<{ n: number }>();
          return values.a;
        },
      ),
    );
  });

  test('must come to what the output declares', () => {
    // @ts-expect-error not a number
    operation(contract, (_, { all }) => all({ it: required(call) }, () => ({ n: 'one' })));
    // @ts-expect-error no member n
    operation(contract, (_, { all }) => all({ it: required(call) }, () => ({})));
    // @ts-expect-error it may be absent
    operation(contract, (_, { all }) => all({ it: optional(call) }, ({ it }) => it));
    // @ts-expect-error there is no such section
    operation(contract, (_, { all }) => all({ it: required(call) }, ({ other }) => other));
    // @ts-expect-error code that comes to something else
    operation(contract, async () => 'text');
  });
});

describe('input', () => {
  test('is what its schema gives', () => {
    operation(contract, async (input) => {
      expectTypeOf(input).toEqualTypeOf<{ id: string; page: number }>();
      return { n: input.page };
    });
    // @ts-expect-error there is no such field
    operation(contract, async ({ other }) => ({ n: other }));
  });

  test('brings a body only where one is declared', () => {
    const body = { kind: 'json', schema: z.object({ stars: z.number() }) } as const;
    operation({ ...contract, route: 'POST /api/x/{id}', body }, async (_, tools) => {
      expectTypeOf(tools.body).toEqualTypeOf<{ stars: number }>();
      return { n: tools.body.stars };
    });
    // @ts-expect-error there is no body
    operation(contract, async (_, tools) => ({ n: tools.body.stars }));
  });
});

describe('answers', () => {
  const answers = {
    ...contract,
    output: undefined,
    answers: { 200: View, 201: z.object({ id: z.string() }), 204: undefined },
  } as const;
  const { output: _none, ...writes } = answers;

  test('are those declared, each with the view of its status, or a way to somewhere else', () => {
    operation(writes, async () => created({ id: '1' }, { at: '/api/x/1' }));
    operation(writes, async () => found({ n: 1 }, { etag: '"1"' }));
    operation(writes, async () => done());
    operation(writes, async () => seeOther('/'));
    operation(writes, async ({ page }) => (page > 1 ? done() : created({ id: '1' }, { at: '/' })));
  });

  test('of another view, of another status or of none do not fit', () => {
    // @ts-expect-error the view of another status
    operation(writes, async () => created({ n: 1 }, { at: '/' }));
    // @ts-expect-error the view does not fit
    operation(writes, async () => found({ n: '1' }, { etag: '"1"' }));
    // @ts-expect-error a plain view
    operation(writes, async () => ({ n: 1 }));
    // @ts-expect-error 201 is not declared
    operation({ ...writes, answers: { 204: undefined } }, async () => created({ id: '1' }, { at: '/' }));
  });
});

describe('a contract', () => {
  test('takes a route below /api only, with a method that an operation may have', () => {
    // @ts-expect-error not below /api
    operation({ ...contract, route: 'GET /x' }, async () => ({ n: 1 }));
    // @ts-expect-error HEAD is answered by GET
    operation({ ...contract, route: 'HEAD /api/x' }, async () => ({ n: 1 }));
    // @ts-expect-error no such audience
    operation({ ...contract, audience: 'everybody' }, async () => ({ n: 1 }));
  });
});

describe('a menu', () => {
  test('gives what its schema gives, and tags what it gives', () => {
    expectTypeOf(call.schema).toEqualTypeOf<z.ZodType<{ n: number }>>();
    http.get(
      path`x`,
      View,
      cache.for('60s').tagged('x', ({ n }: { n: number }) => [`n:${n}`]),
    );
    const tagged = cache.for('60s').tagged(({ m }: { m: string }) => [m]);
    // @ts-expect-error the value has no such member
    http.get(path`x`, View, tagged);
    // @ts-expect-error no duration
    cache.for('sixty seconds');
    // @ts-expect-error a plain text could climb
    http.get('x/../y', View);
    // @ts-expect-error an object is no segment
    path`x/${{ id: 1 }}`;
    // @ts-expect-error what may be absent is no segment
    path`x/${undefined}`;
  });
});
