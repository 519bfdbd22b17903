import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guestScope, pseudonymOf, scopeOfPseudonym, userScope } from '#kernel/base/scope.ts';

const name = fc.string({ minLength: 4 });

test('a customer’s scope says neither who it is nor where they signed in', () => {
  fc.assert(
    fc.property(name, name, (issuer, subject) => {
      const scope = userScope(issuer, subject);
      expect(scope).toMatch(/^user:[\w-]{43}$/);
      expect(scope).toBe(userScope(issuer, subject));
      expect(scope).not.toBe(userScope(subject, `${issuer}!`));
    }),
  );
});

test('a pseudonym leads back to its scope, and nothing else leads to one', () => {
  fc.assert(
    fc.property(name, name, (issuer, subject) => {
      const scope = userScope(issuer, subject);
      expect(scopeOfPseudonym(pseudonymOf(scope))).toBe(scope);
      if (!/^[\w-]{43}$/.test(subject)) expect(scopeOfPseudonym(subject)).toBeUndefined();
    }),
  );
  expect(scopeOfPseudonym(pseudonymOf(guestScope('x')))).toBeUndefined();
});
