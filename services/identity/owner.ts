import type { Scope } from '#kernel/base/scope.ts';
import { type Known, scopeOf } from '#kernel/identity/principal.ts';
import { identity } from './identity.ts';

const PLACE = 'owner';

/** Whose something is, for a third party to keep and give back: it can neither read nor change it. */
export const sealedOwner = (principal: Known): string => identity().sessions.seal.seal(scopeOf(principal), PLACE);

/** Whom we have sealed; undefined where it was not us. */
export const ownerOf = (sealed: string): Scope | undefined =>
  identity().sessions.seal.open(sealed, PLACE) as Scope | undefined;
