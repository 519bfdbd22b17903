import type { Contract } from '#kernel/contract/operation.ts';
import type { ProblemKind } from '#kernel/contract/problem.ts';
import { operations } from '#operations/index.ts';
import { problemKinds, problemsOf } from '#reference/problems.ts';

/** Every problem that has a page, by slug. */
export const KINDS = problemKinds(operations);

export const kindOf = (slug: string): ProblemKind | undefined => (Object.hasOwn(KINDS, slug) ? KINDS[slug] : undefined);

/** The operations of which a client should expect it; none where it may befall any request. */
export const operationsWith = (slug: string): readonly Contract[] =>
  operations.filter((operation) => problemsOf(operation).includes(slug)).map(({ contract }) => contract);
