import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { makePrivateId } from '#kernel/identity/private-id.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { fingerprint } from '#kernel/upstream/calls/fingerprint.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';

const http = upstream('catalog', { timeout: 800, attempts: 2, parallel: 64 });
const Thing = z.object({ id: z.string() });
const ana = makePrivateId('customer', 'c-ana', 'user:ana');
const bob = makePrivateId('customer', 'c-bob', 'user:bob');
const prices = http.batch('prices', z.object({ id: z.string() }), {
  max: 20,
  id: 'id',
  request: (items, args) => ({ post: path`quotes`, body: { items, ...args } }),
});

describe('a menu', () => {
  test('describes a call and makes none', () => {
    const policy = cache.for('60s').tagged('product:1');
    expect(http.get(path`products/${'1'}`, Thing, policy)).toMatchObject({
      kind: 'call',
      privacy: 'public',
      label: 'GET products/{}',
      owner: undefined,
      credential: undefined,
      policy,
      upstream: { name: 'catalog', timeout: 800, attempts: 2, parallel: 64, maxBytes: 2 * 1024 * 1024 },
      request: { single: { method: 'GET', path: 'products/1', isRead: true } },
    });
  });

  test('never takes a write for a read', () => {
    const call = http.post(path`reviews`, { stars: 5 }, Thing);
    expect(call.policy).toBeUndefined();
    expect(call.request).toEqual({
      single: { method: 'POST', path: 'reviews', body: '{"stars":5}', isRead: false, fields: [], answer: 'required' },
    });
  });

  test('asks in a body where the question does not fit into a path, and that is a read', () => {
    const policy = cache.for('10s');
    const call = http.query(path`rates`, { to: 'DE' }, Thing, policy);
    expect(call).toMatchObject({ privacy: 'public', label: 'POST rates', policy });
    expect(call.request).toEqual({ single: { method: 'POST', path: 'rates', body: '{"to":"DE"}', isRead: true } });
  });

  test.each<[string, () => Call]>([
    ['by the user', () => http.asUser.get(path`me`, Thing)],
    ['written by the user', () => http.asUser.post(path`me`, {}, Thing)],
    ['of an own id in the path', () => http.get(path`customers/${ana}`, Thing)],
    ['of an own id in the query', () => http.get(path`related`.query({ customer: ana }), Thing)],
    ['of an own id in the path of a write', () => http.post(path`customers/${ana}`, {}, Thing)],
    ['of an own id in a question', () => http.query(path`orders`, { customer: ana }, Thing)],
    ['of an own id in a body', () => http.post(path`orders`, { customer: ana }, Thing)],
    ['of an own id deep in a body', () => http.post(path`orders`, { buyer: [{ id: ana }] } as object, Thing)],
    ['of an own id among the arguments of a batch', () => prices('p1', { customer: ana })],
  ])('makes a call %s private', (_, make) => {
    expect(make().privacy).toBe('private');
  });

  test('knows whose ids a call carries, and sends what they stand for', () => {
    const call = http.post(path`orders`, { customer: ana, lines: [{ for: ana }] } as object, Thing);
    expect(call.owner).toBe('user:ana');
    expect(call.request).toMatchObject({ single: { body: '{"customer":"c-ana","lines":[{"for":"c-ana"}]}' } });
    const item = prices('p1', { customer: ana, currency: 'EUR' });
    expect(item.owner).toBe('user:ana');
    expect(item.request).toMatchObject({ batch: { item: 'p1', args: { customer: 'c-ana', currency: 'EUR' } } });
  });

  test('refuses the ids of two principals in one call, in path, body and arguments alike', () => {
    expect(() => http.post(path`orders`, { from: ana, to: bob }, Thing)).toThrow('two principals');
    expect(() => prices('p1', { a: ana, b: bob })).toThrow('two principals');
    expect(() => http.post(path`customers/${ana}`, { customer: bob }, Thing)).toThrow('two principals');
  });
});

describe('the fingerprint of a schema', () => {
  test('is the same for the same shape, and another for any other', () => {
    const schemas = [
      z.object({ a: z.string() }),
      z.object({ a: z.number() }),
      z.object({ b: z.string() }),
      z.object({ a: z.string().optional() }),
      z.object({ a: z.string().max(3) }),
      z.object({ a: z.string().max(4) }),
      z.object({ a: z.enum(['x', 'y']) }),
      z.object({ a: z.enum(['x', 'z']) }),
      z.object({ a: z.array(z.string()) }),
      z.object({ a: z.string().regex(/a/) }),
      z.object({ a: z.string().regex(/a/i) }),
      z.object({ a: z.string() }).transform((value) => value.a),
      z.object({ a: z.string() }).transform((value) => `${value.a}!`),
      z.object({ a: z.literal(1) }),
      z.object({ a: z.literal('1') }),
      z.object({ a: z.string().nullable() }),
      z.strictObject({ a: z.string() }),
      z.looseObject({ a: z.string() }),
    ];
    expect(new Set(schemas.map(fingerprint)).size).toBe(schemas.length);
    expect(fingerprint(z.object({ a: z.string() }))).toBe(fingerprint(z.object({ a: z.string() })));
  });

  test('ends for a schema that holds itself', () => {
    interface Tree {
      readonly children: Tree[];
    }
    const Tree: z.ZodType<Tree> = z.object({ children: z.array(z.lazy(() => Tree)) });
    expect(fingerprint(Tree)).toMatch(/^[\w-]{12}$/);
  });
});
