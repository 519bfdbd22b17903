import type { z } from 'zod';
import { isComposed } from '#kernel/flow/tools.ts';
import type { Deprecation } from './deprecation.ts';
import { type Contract, type Operation, operation } from './operation.ts';
import type { RouteText } from './route.ts';

/** What an old door has of its own; all else is as its operation has it. */
interface Door {
  readonly id: string;
  readonly route: RouteText;
  readonly summary: string;
  readonly output: z.ZodObject;
  readonly deprecated: Deprecation;
}

type OldDoor<C extends Contract, D extends Door> = Omit<C, keyof Door> & D extends infer O extends Contract
  ? Operation<O>
  : never;

type ViewOf<C extends Contract> = C['output'] extends z.ZodType ? z.input<C['output']> : never;

/** An earlier address of an operation: the same code, checks and rules, and the view in the shape that it once had. */
export function oldDoor<C extends Contract, const D extends Door>(
  { contract, code }: Operation<C>,
  door: D,
  reshape: (view: ViewOf<C>) => z.input<D['output']>,
): OldDoor<C, D> {
  const inOldShape = (input: never, tools: never): unknown => {
    const outcome = code(input, tools) as unknown;
    if (isComposed(outcome)) return { ...outcome, reshape: (v: never) => reshape(outcome.reshape(v) as ViewOf<C>) };
    return Promise.resolve(outcome as ViewOf<C>).then(reshape);
  };
  return operation({ ...contract, ...door } as Contract, inOldShape as never) as OldDoor<C, D>;
}
