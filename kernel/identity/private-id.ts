import type { Scope } from '#kernel/base/scope.ts';

/** Whether a value may be shown to everyone or only to the principal it was made for. */
export type Privacy = 'public' | 'private';

/**
 * An id derived from the principal: `privateId('customer', principal)`. It is an object and not a branded string, so that a
 * call made with it is private at run time too; put into plain text it throws instead of leaking.
 */
export interface PrivateId<Name extends string = string> {
  readonly kind: 'private-id';
  readonly name: Name;
  readonly scope: Scope;
}

class SealedId<Name extends string> implements PrivateId<Name> {
  readonly kind = 'private-id';
  readonly name: Name;
  readonly scope: Scope;
  readonly #plain: string;

  constructor(name: Name, plain: string, scope: Scope) {
    this.name = name;
    this.scope = scope;
    this.#plain = plain;
  }

  static plainOf(id: SealedId<string>): string {
    return id.#plain;
  }

  toString(): never {
    throw new TypeError(`the principal's own ${this.name} went into plain text: put it through path\`\` or query`);
  }

  toJSON(): never {
    return this.toString();
  }
}

export function makePrivateId<Name extends string>(name: Name, plain: string, scope: Scope): PrivateId<Name> {
  return new SealedId(name, plain, scope);
}

/** The plain id. Only for code that writes a call down together with its scope. */
export function plainOf(id: PrivateId): string {
  return SealedId.plainOf(id as SealedId<string>);
}

export function isPrivateId(value: unknown): value is PrivateId {
  return (value as PrivateId | null | undefined)?.kind === 'private-id';
}

/** A value with every private id replaced by what it stands for, and the scope they belong to, if there were any. */
export function unwrapPrivateIds(value: unknown): { value: unknown; scope: Scope | undefined } {
  let scope: Scope | undefined;
  const unwrap = (part: unknown): unknown => {
    if (isPrivateId(part)) {
      if (scope !== undefined && scope !== part.scope) throw new TypeError('one call carries ids of two principals');
      scope = part.scope;
      return plainOf(part);
    }
    if (Array.isArray(part)) return part.map(unwrap);
    // What is no plain object knows itself how it is written.
    if (part !== null && typeof part === 'object' && isPlain(part)) {
      return unwrapMembers(part as Record<string, unknown>);
    }
    return part;
  };
  // What has none is left as it is.
  const unwrapMembers = (part: Record<string, unknown>) => {
    let copy: Record<string, unknown> | undefined;
    for (const key of Object.keys(part)) {
      const member = part[key];
      const plain = unwrap(member);
      if (plain === member) continue;
      copy ??= Object.fromEntries(Object.entries(part));
      copy[key] = plain;
    }
    return copy ?? part;
  };
  const plain = unwrap(value);
  return { value: plain, scope };
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
