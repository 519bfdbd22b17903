import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { eachOf, optional, required, type Section, subject } from '#kernel/flow/section.ts';
import { compose, composePersonal } from '#kernel/flow/tools.ts';
import type { Anonymous, Authenticated, Guest, Principal } from '#kernel/identity/principal.ts';
import type { PrivateId } from '#kernel/identity/private-id.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';

const View = z.object({ n: z.number() });
const http = upstream('shop', { timeout: 1, attempts: 1, parallel: 1 });
const open = http.get(path`x`, View);
const secret = http.asUser.get(path`x`, View);
const batch = http.batch('b', View, { max: 1, id: 'id', request: () => ({ get: path`x` }) });
declare const customer: PrivateId<'customer'>;

const contract = {
  id: 'x',
  route: 'GET /api/x',
  summary: '',
  audience: 'public',
  input: z.object({}),
  example: {},
  output: View,
  deadline: 1,
} as const;

describe('the privacy of a call', () => {
  test('is public where nothing of the principal is in it', () => {
    expectTypeOf(open).toEqualTypeOf<Call<{ n: number }, 'public'>>();
    expectTypeOf(
      http.get(path`x/${'id'}/${1}`.query({ a: 1, b: undefined, c: true }), View).privacy,
    ).toEqualTypeOf<'public'>();
    expectTypeOf(http.post(path`x`, { a: { b: 1 }, c: [1] }, View).privacy).toEqualTypeOf<'public'>();
    expectTypeOf(batch('1', { currency: 'EUR' }).privacy).toEqualTypeOf<'public'>();
  });

  test('is private by the user’s credential', () => {
    expectTypeOf(secret.privacy).toEqualTypeOf<'private'>();
    expectTypeOf(http.asUser.post(path`x`, {}, View).privacy).toEqualTypeOf<'private'>();
  });

  test('is never only public by an own id: in a path, a query, a body or the arguments of a batch', () => {
    expectTypeOf(http.get(path`x/${customer}`, View).privacy).toEqualTypeOf<'private'>();
    expectTypeOf(http.get(path`x/${'a'}/${customer}`, View).privacy).toEqualTypeOf<'private'>();
    expectTypeOf(http.get(path`x`.query({ customer }), View).privacy).not.toEqualTypeOf<'public'>();
    expectTypeOf(http.get(path`x/${customer}`.query({ a: 1 }), View).privacy).not.toEqualTypeOf<'public'>();
    expectTypeOf(http.post(path`x`, { customer }, View).privacy).not.toEqualTypeOf<'public'>();
    expectTypeOf(http.post(path`x`, { a: [{ b: { customer } }] }, View).privacy).not.toEqualTypeOf<'public'>();
    expectTypeOf(http.post(path`x/${customer}`, {}, View).privacy).not.toEqualTypeOf<'public'>();
    expectTypeOf(batch('1', { customer }).privacy).toEqualTypeOf<'private'>();
    expectTypeOf(batch('1', { currency: 'EUR', customer }).privacy).toEqualTypeOf<'private'>();
  });

  test('of a composition is what it was declared as', () => {
    expectTypeOf(compose(async ({ need }) => need(open)).privacy).toEqualTypeOf<'public'>();
    expectTypeOf(composePersonal(async ({ need }) => need(open)).privacy).toEqualTypeOf<'private'>();
  });
});

describe('a public operation', () => {
  test('makes public calls', () => {
    operation(contract, (_, { all }) => all({ it: required(open) }, ({ it }) => it));
    operation(contract, async (_, { need }) => need(compose(async ({ need: inner }) => inner(open))));
    operation(contract, (_, { all }) =>
      all({ it: required(eachOf(['1'], () => open)) }, ({ it }) => ({ n: it.a?.n ?? 0 })),
    );
  });

  test('cannot make a private call by awaiting it', () => {
    // @ts-expect-error a private call
    operation(contract, async (_, { need }) => need(secret));
    // @ts-expect-error an own id
    operation(contract, async (_, { need }) => need(http.get(path`x/${customer}`, View)));
    // @ts-expect-error an own id in a query
    operation(contract, async (_, { need }) => need(http.get(path`x`.query({ customer }), View)));
    // @ts-expect-error an own id in a body
    operation(contract, async (_, { need }) => need(http.post(path`x`, { customer }, View)));
    // @ts-expect-error an own id among arguments
    operation(contract, async (_, { need }) => need(batch('1', { customer })));
  });

  test('cannot make a private call in a section, whatever the need', () => {
    // @ts-expect-error a private call
    operation(contract, (_, { all }) => all({ it: subject(secret) }, () => ({ n: 1 })));
    // @ts-expect-error a private call
    operation(contract, (_, { all }) => all({ it: required(secret) }, () => ({ n: 1 })));
    // @ts-expect-error a private call
    operation(contract, (_, { all }) => all({ fine: required(open), it: optional(secret) }, () => ({ n: 1 })));
    // @ts-expect-error a private call, for more code
    operation(contract, async (_, { all }) => (await all({ it: required(secret) })) && { n: 1 });
  });

  test('cannot make a private call in a composition, nested or not', () => {
    // @ts-expect-error a private call in a public composition
    compose(async ({ need }) => need(secret));
    // @ts-expect-error a personal composition in a public one
    compose(async ({ need }) => need(composePersonal(async ({ need: inner }) => inner(secret))));
    // @ts-expect-error a personal composition in a public one
    compose(async ({ all }) => all({ it: required(composePersonal(async ({ need: inner }) => inner(open))) }));
    const personal = composePersonal(async ({ need }) => need(open));
    // @ts-expect-error a personal composition
    operation(contract, (_, { all }) => all({ it: required(personal) }, () => ({ n: 1 })));
    const each = eachOf(['1'], () => secret);
    // @ts-expect-error one private call for each
    operation(contract, async (_, { need }) => (await need(each)) && { n: 1 });
    // @ts-expect-error one private call for each
    operation(contract, (_, { all }) => all({ it: optional(each) }, () => ({ n: 1 })));
    // @ts-expect-error a section that may be private
    operation(contract, (_, { all }) => all({ it: {} as Section }, () => ({ n: 1 })));
  });

  test('does not see the principal', () => {
    operation(contract, async (_, tools) => {
      expectTypeOf(tools.principal).toEqualTypeOf<undefined>();
      return { n: 1 };
    });
    // @ts-expect-error there is no principal
    operation(contract, async (_, { principal }) => ({ n: principal.id.name.length }));
  });
});

describe('an operation for somebody', () => {
  test('sees who is asking: anybody on either, a known one on personal', () => {
    operation({ ...contract, audience: 'either' }, async (_, { principal }) => {
      expectTypeOf(principal).toEqualTypeOf<Anonymous | Authenticated>();
      return { n: 1 };
    });
    operation({ ...contract, audience: 'either', guests: 'known' }, async (_, { principal }) => {
      expectTypeOf(principal).toEqualTypeOf<Principal>();
      return { n: 1 };
    });
    operation({ ...contract, audience: 'either', guests: 'opened' }, async (_, { principal }) => {
      expectTypeOf(principal).toEqualTypeOf<Guest | Authenticated>();
      return { n: 1 };
    });
    operation({ ...contract, audience: 'personal' }, async (_, { principal }) => {
      expectTypeOf(principal).toEqualTypeOf<Authenticated>();
      return { n: 1 };
    });
    // @ts-expect-error nobody may be asking
    operation({ ...contract, audience: 'either' }, async (_, { principal }) => ({ n: principal.id.name.length }));
  });

  test('may make private calls', () => {
    for (const audience of ['either', 'personal'] as const) {
      operation({ ...contract, audience }, (_, { all }) =>
        all({ a: required(secret), b: optional(composePersonal(async ({ need }) => need(secret))) }, ({ a }) => a),
      );
      operation({ ...contract, audience }, async (_, { need }) => need(secret));
    }
  });
});
