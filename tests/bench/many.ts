import { z } from 'zod';
import { operation } from '../../kernel/contract/operation.ts';
import { required } from '../../kernel/flow/section.ts';
import { ProductInput } from '../../schemas/view/catalog/product.ts';
import { catalog } from '../../services/catalog.ts';
import { CALLS } from './calls.ts';

/** One operation for each number of calls: that many products of the catalog in one answer. */
export const manyCalls = CALLS.map((calls) =>
  operation(
    {
      id: `get${calls}Calls`,
      route: `GET /api/calls/${calls}/{id}`,
      summary: `${calls} calls, one answer`,
      audience: 'public',
      input: ProductInput,
      example: { id: 'p-000042' },
      output: z.object({ titles: z.array(z.string()) }),
      deadline: 1_500,
    },
    ({ id }, { all }) =>
      all(Object.fromEntries(idsFrom(id, calls).map((one) => [one, required(catalog.product(one))])), (products) => ({
        titles: Object.values(products).map(({ title }) => title),
      })),
  ),
);

/** Ids that no other answer of a run asks for: the numbers of one answer lie far apart. */
const idsFrom = (id: string, calls: number): string[] =>
  Array.from(
    { length: calls },
    (_, at) => `p-${String((Number(id.slice(2)) + at * 20_011) % 1_000_000).padStart(6, '0')}`,
  );
