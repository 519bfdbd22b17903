import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { getThing } from '#tests/support/operations.ts';

const http = upstream('shop', { timeout: 1_000, attempts: 1, parallel: 64 });
const contract = {
  summary: '',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  deadline: 2_000,
  output: z.object({ it: z.unknown() }),
} as const;
const Noted = z.object({ n: z.int(), note: z.string() });

const mine = (id: string, policy: ReturnType<typeof cache.for>) =>
  operation(
    { ...contract, id: `get${id}`, route: `GET /api/${id.toLowerCase()}/{id}`, audience: 'personal' },
    ({ id: which }, { all }) =>
      all({ it: required(http.asUser.get(path`mine/${which}`, Noted, policy.tagged('mine'))) }, (v) => v),
  );

/** A public call, one that is private and stays in its process, and one that is shared, sealed. */
export const SHARED_OPERATIONS = [
  getThing,
  mine('Mine', cache.for('60s')),
  mine('Sealed', cache.for('60s').sharedSealed()),
];
