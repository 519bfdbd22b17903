import { describe, expect, test } from 'vitest';
import { isOwn, makeOwn, unwrapOwn } from '#kernel/identity/own.ts';
import { ANONYMOUS, identifyNobody, type Known, own, scopeOf } from '#kernel/identity/principal.ts';

const known = (issuer: string, subject: string): Known => ({ kind: 'bearer', issuer, subject });

describe('the scope of a principal', () => {
  test('is public for nobody, and differs for every issuer and subject', () => {
    const scopes = [known('a', 'bc'), known('ab', 'c'), known('', 'abc'), known('a', 'b'), known('b', 'a')].map(
      scopeOf,
    );
    expect(new Set([...scopes, scopeOf(ANONYMOUS)]).size).toBe(6);
    expect(scopeOf(ANONYMOUS)).toBe('public');
    for (const scope of scopes) expect(scope).toMatch(/^user:/);
  });

  test('is the same through a session and a bearer, and whatever the token', () => {
    const bearer = { ...known('a', 'b'), token: 'x' };
    expect(scopeOf({ ...bearer, kind: 'session', token: 'y' })).toBe(scopeOf(bearer));
  });
});

describe('an own id', () => {
  const id = own('customer', known('issuer', 'ana'));

  test('stands for the subject and belongs to the principal', () => {
    expect(id).toMatchObject({ kind: 'own', name: 'customer', value: 'ana', scope: scopeOf(known('issuer', 'ana')) });
    expect(isOwn(id)).toBe(true);
  });

  test.each([undefined, null, 'own', { kind: 'other' }, []])('is not %j', (other) => {
    expect(isOwn(other)).toBe(false);
  });

  test('is found at any depth, and what it stands for put in its place', () => {
    const body = { a: [{ b: id }], c: id, d: [1, null, 'x', undefined], e: { f: false } };
    expect(unwrapOwn(body)).toEqual({
      value: { a: [{ b: 'ana' }], c: 'ana', d: [1, null, 'x', undefined], e: { f: false } },
      scope: id.scope,
    });
    expect(unwrapOwn({ a: 1 })).toEqual({ value: { a: 1 }, scope: undefined });
  });

  test('of two principals never go together, at whatever depth', () => {
    const other = makeOwn('customer', 'bob', 'user:bob');
    expect(() => unwrapOwn({ a: id, b: [{ c: other }] })).toThrow(TypeError);
  });

  test('tells nothing in an error about whom it stands for', () => {
    expect(() => `${id}`).toThrow(/^(?!.*ana)/);
  });
});

describe('until somebody can check credentials', () => {
  test('no bearer is believed and cookies mean nothing', () => {
    expect(identifyNobody({ authorization: 'Bearer x', cookie: undefined })).toBe('refused');
    expect(identifyNobody({ authorization: '', cookie: undefined })).toBe('refused');
    expect(identifyNobody({ authorization: undefined, cookie: 'session=1' })).toBe(ANONYMOUS);
  });
});
