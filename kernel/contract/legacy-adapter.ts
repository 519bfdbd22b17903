import type { z } from 'zod';
import { isComposed } from '#kernel/flow/tools.ts';
import type { Deprecation } from './deprecation.ts';
import { type Contract, type Operation, operation } from './operation.ts';
import type { RouteText } from './route.ts';

/** What a legacy adapter declares itself; all else is as its operation has it. */
interface LegacyContract {
  readonly id: string;
  readonly route: RouteText;
  readonly summary: string;
  readonly output: z.ZodObject;
  /** `undefined` switches the choice of a language off. */
  readonly language?: undefined;
  readonly deprecated: Deprecation;
}

type LegacyOperation<C extends Contract, D extends LegacyContract> = Omit<C, keyof LegacyContract> &
  D extends infer O extends Contract
  ? Operation<O>
  : never;

type ViewOf<C extends Contract> = C['output'] extends z.ZodType ? z.input<C['output']> : never;

/** An earlier address of an operation: the same code, checks and rules, and the view in the shape that it once had. */
export function legacyAdapter<C extends Contract, const D extends LegacyContract>(
  { contract, code }: Operation<C>,
  legacy: D,
  reshape: (view: ViewOf<C>) => z.input<D['output']>,
): LegacyOperation<C, D> {
  const inOldShape = (input: never, tools: never): unknown => {
    const outcome = code(input, tools) as unknown;
    if (isComposed(outcome)) return { ...outcome, reshape: (v: never) => reshape(outcome.reshape(v) as ViewOf<C>) };
    return Promise.resolve(outcome as ViewOf<C>).then(reshape);
  };
  return operation({ ...contract, ...legacy } as Contract, inOldShape as never) as LegacyOperation<C, D>;
}
