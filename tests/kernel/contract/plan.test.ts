import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { resetRegistry } from '#kernel/base/registry.ts';
import { operation } from '#kernel/contract/operation.ts';
import { plan } from '#kernel/contract/plan.ts';
import { optional, required, subject } from '#kernel/flow/section.ts';
import { compose, composePersonal } from '#kernel/flow/tools.ts';
import { privateId } from '#kernel/identity/principal.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine } from '#tests/support/engine.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 500, attempts: 1, parallel: 8 });
const call = (name: string) => http.get(path`${name}`, Thing);
const contract = {
  id: 'it',
  route: 'GET /api/it/{id}',
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string().max(3) }),
  example: { id: '1' },
  output: z.object({}),
  deadline: 500,
} as const;
const urls = { shop: 'http://127.0.0.1:1/' };

describe('a plan', () => {
  test('lists the calls that an operation starts with, nested ones by their path, and makes none', () => {
    const inner = compose(async ({ all }) => all({ deep: required(call('deep')) }));
    const outer = compose(({ all }) => all({ inner: optional(inner), flat: required(call('flat')) }, () => ({})));
    const planned = plan(
      operation(contract, ({ id }, { all }) =>
        all({ one: subject(call(`one-${id}`)), two: optional(outer) }, () => ({})),
      ),
    );
    expect(
      planned.map(({ section, need, call: { request } }) => [
        section,
        need,
        'single' in request && request.single.path,
      ]),
    ).toEqual([
      ['one', 'subject', 'one-1'],
      ['two.inner.deep', 'required', 'deep'],
      ['two.flat', 'required', 'flat'],
    ]);
  });

  test('sees the first call of code that awaits, and not what comes after', () => {
    const planned = plan(
      operation(contract, async (_, { need, all }) => {
        await need(call('first'));
        await all({ second: required(call('second')) });
        return {};
      }),
    );
    expect(planned.map(({ call: { label } }) => label)).toEqual(['GET {}']);
  });

  test('needs the first call of a composition as much as the composition', () => {
    const inner = compose(async ({ need }) => need(call('first')));
    const planned = plan(
      operation(contract, (_, { all }) => all({ one: subject(inner), two: optional(inner) }, () => ({}))),
    );
    expect(planned.map(({ section, need }) => [section, need])).toEqual([
      ['one', 'subject'],
      ['two', 'optional'],
    ]);
  });

  test('finds private calls in nested compositions', () => {
    const inner = composePersonal(async ({ all }) => all({ secret: required(http.asUser.get(path`me`, Thing)) }));
    const outer = composePersonal(async ({ all }) => all({ inner: optional(inner) }));
    const planned = plan(
      operation({ ...contract, audience: 'personal' }, (_, { all, principal }) =>
        all(
          { outer: required(outer), own: required(http.get(path`c/${privateId('customer', principal)}`, Thing)) },
          () => ({}),
        ),
      ),
    );
    expect(planned.map(({ section, call: { privacy } }) => [section, privacy])).toEqual([
      ['outer.inner.secret', 'private'],
      ['own', 'private'],
    ]);
  });

  test('of a probe is empty, and its code is not run', () => {
    let runs = 0;
    const probe = operation({ ...contract, probe: true }, async () => {
      runs++;
      return { status: 200, body: {} } as never;
    });
    expect([plan(probe), runs]).toEqual([[], 0]);
  });

  test('refuses an example that does not fit its input', () => {
    const bad = operation({ ...contract, example: { id: 'too long' } }, (_, { all }) => all({}, () => ({})));
    expect(() => plan(bad)).toThrow('it: its example does not fit its input: id');
  });
});

describe('an engine does not start', () => {
  const fine = operation(contract, (_, { all }) => all({ one: required(call('one')) }, () => ({})));

  test.each([
    [
      'an id taken twice',
      [fine, operation({ ...contract, route: 'GET /api/other' }, (_, { all }) => all({}, () => ({})))],
      'it: its id it is taken by it',
    ],
    [
      'a route taken twice under another name of its parameter',
      [fine, operation({ ...contract, id: 'two', route: 'GET /api/it/{other}' }, (_, { all }) => all({}, () => ({})))],
      'two: its route GET /api/it/{} is taken by it',
    ],
    [
      'a part without a section',
      [
        operation({ ...contract, parts: ['rating'] }, ((_: unknown, { all }: { all: (...all: unknown[]) => never }) =>
          all({}, () => ({}))) as never),
      ],
      'it declares the part "rating"',
    ],
    [
      'code that fails for its example',
      [
        operation(contract, () => {
          throw new Error('oh');
        }),
      ],
      'it fails for its example: oh',
    ],
  ])('with %s', (_, operations, message) => {
    expect(() => startEngine(urls, operations)).toThrow(message);
  });

  test('with an upstream that has no address', () => {
    expect(() => startEngine({}, [fine])).toThrow('it calls the upstream "shop", which has no address');
  });

  test('and reports everything that is wrong at once', () => {
    const other = operation({ ...contract, id: 'other', example: { id: 'too long' } }, (_, { all }) =>
      all({}, () => ({})),
    );
    expect(() => startEngine({}, [fine, other])).toThrow(/its route[\s\S]*no address[\s\S]*its example/);
    resetRegistry();
  });
});
