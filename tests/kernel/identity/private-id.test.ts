import { describe, expect, test } from 'vitest';
import { ANONYMOUS, authenticated, privateId, scopeOf } from '#kernel/identity/principal.ts';
import { isPrivateId, makePrivateId, plainOf, unwrapPrivateIds } from '#kernel/identity/private-id.ts';

const bearer = (issuer: string, subject: string) => authenticated('bearer', issuer, subject);

describe('the scope of a principal', () => {
  test('is public for no one, and differs for every issuer and subject', () => {
    const scopes = [bearer('a', 'bc'), bearer('ab', 'c'), bearer('', 'abc'), bearer('a', 'b'), bearer('b', 'a')].map(
      scopeOf,
    );
    expect(new Set([...scopes, scopeOf(ANONYMOUS)]).size).toBe(6);
    expect(scopeOf(ANONYMOUS)).toBe('public');
    for (const scope of scopes) expect(scope).toMatch(/^user:/);
  });

  test('is the same through a session and a bearer, and whatever the token', () => {
    const session = authenticated('session', 'a', 'b', { credential: async () => 'x' });
    expect(scopeOf(session)).toBe(scopeOf(bearer('a', 'b')));
  });
});

describe('an own id', () => {
  const id = privateId('customer', bearer('issuer', 'ana'));

  test('stands for the subject and belongs to the principal', () => {
    expect(id).toMatchObject({ kind: 'private-id', name: 'customer', scope: scopeOf(bearer('issuer', 'ana')) });
    expect(plainOf(id)).toBe('ana');
    expect(isPrivateId(id)).toBe(true);
  });

  test.each([undefined, null, 'own', { kind: 'other' }, []])('is not %j', (other) => {
    expect(isPrivateId(other)).toBe(false);
  });

  test('is found at any depth, and what it stands for put in its place', () => {
    const body = { a: [{ b: id }], c: id, d: [1, null, 'x', undefined], e: { f: false } };
    expect(unwrapPrivateIds(body)).toEqual({
      value: { a: [{ b: 'ana' }], c: 'ana', d: [1, null, 'x', undefined], e: { f: false } },
      scope: id.scope,
    });
    expect(unwrapPrivateIds({ a: 1 })).toEqual({ value: { a: 1 }, scope: undefined });
  });

  test('of two principals never go together, at whatever depth', () => {
    const other = makePrivateId('customer', 'bob', 'user:bob');
    expect(() => unwrapPrivateIds({ a: id, b: [{ c: other }] })).toThrow(TypeError);
  });

  test('reveals nothing in an error about whom it stands for', () => {
    expect(() => `${id}`).toThrow(/^(?!.*ana)/);
    expect(Object.values(id)).not.toContain('ana');
  });
});
