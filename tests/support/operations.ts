import { z } from 'zod';
import { cache } from '#kernel/cache/policy.ts';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { purging } from '#kernel/upstream/calls/call.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';

const Thing = z.object({ n: z.int() });
const http = upstream('shop', { timeout: 1_000, attempts: 1, parallel: 64 });
const contract = {
  summary: '',
  audience: 'public',
  input: z.object({ id: z.string() }),
  example: { id: '1' },
  deadline: 2_000,
} as const;

/** One call, long fresh, under the tags `thing:<id>` and `things`. */
export const getThing = operation(
  { ...contract, id: 'getThing', route: 'GET /api/things/{id}', output: z.object({ thing: Thing }) },
  ({ id }, { all }) =>
    all(
      {
        thing: required(
          http.get(path`things/${id}`, Thing, cache.for('60s').staleFor('60s').tagged('things', `thing:${id}`)),
        ),
      },
      (v) => v,
    ),
);

/** Two calls under the tags `left` and `right`; the right one is fresh for less long. */
export const getPair = operation(
  { ...contract, id: 'getPair', route: 'GET /api/pairs/{id}', output: z.object({ left: Thing, right: Thing }) },
  ({ id }, { all }) =>
    all(
      {
        left: required(http.get(path`left/${id}`, Thing, cache.for('60s').tagged('left'))),
        right: required(http.get(path`right/${id}`, Thing, cache.for('30s').tagged('right'))),
      },
      (v) => v,
    ),
);

/** A call that is long fresh, and one that soon is stale. */
export const getMixed = operation(
  { ...contract, id: 'getMixed', route: 'GET /api/mixed/{id}', output: z.object({ left: Thing, brief: Thing }) },
  ({ id }, { all }) =>
    all(
      {
        left: required(http.get(path`left/${id}`, Thing, cache.for('60s').tagged('left'))),
        brief: required(http.get(path`brief/${id}`, Thing, cache.for('30ms').staleFor('60s').tagged('brief'))),
      },
      (v) => v,
    ),
);

/** A call whose tags only its value knows. */
export const getTagged = operation(
  { ...contract, id: 'getTagged', route: 'GET /api/tagged/{id}', output: z.object({ thing: Thing }) },
  ({ id }, { all }) =>
    all(
      {
        thing: required(
          http.get(
            path`tagged/${id}`,
            Thing,
            cache.for('60s').tagged(({ n }) => [`n:${n}`]),
          ),
        ),
      },
      (v) => v,
    ),
);

/** A call that soon is stale and stays so. */
export const getBrief = operation(
  { ...contract, id: 'getBrief', route: 'GET /api/brief/{id}', output: z.object({ thing: Thing }) },
  ({ id }, { all }) =>
    all(
      { thing: required(http.get(path`brief/${id}`, Thing, cache.for('30ms').staleFor('60s').tagged('brief'))) },
      (v) => v,
    ),
);

/** A call that may not be kept. */
export const getLive = operation(
  { ...contract, id: 'getLive', route: 'GET /api/live/{id}', output: z.object({ thing: Thing }) },
  ({ id }, { all }) => all({ thing: required(http.get(path`live/${id}`, Thing)) }, (v) => v),
);

/** A write that purges what it wrote. */
export const postThing = operation(
  { ...contract, id: 'postThing', route: 'POST /api/things/{id}', answers: { 204: undefined } },
  async ({ id }, { need }) => {
    await need(purging(http.post(path`write/${id}`, {}, Thing), `thing:${id}`));
    return done();
  },
);

/** The same with less time than it takes. */
export const postHasty = operation(
  { ...contract, id: 'postHasty', route: 'POST /api/hasty/{id}', answers: { 204: undefined }, deadline: 50 },
  async ({ id }, { need }) => {
    await need(purging(http.post(path`write/${id}`, {}, Thing), `thing:${id}`));
    return done();
  },
);

/** A public call that is made for somebody, with an old value to fall back on. */
export const getSeen = operation(
  {
    ...contract,
    id: 'getSeen',
    route: 'GET /api/seen/{id}',
    audience: 'personal',
    output: z.object({ thing: Thing }),
  },
  ({ id }, { all }) => {
    const policy = cache.for('60s').staleOnError('60s').tagged(`seen:${id}`);
    return all({ thing: required(http.get(path`seen/${id}`, Thing, policy)) }, (v) => v);
  },
);
export const postSeen = operation(
  { ...contract, id: 'postSeen', route: 'POST /api/seen/{id}', audience: 'personal', answers: { 204: undefined } },
  async ({ id }, { need }) => {
    await need(purging(http.post(path`write/${id}`, {}, Thing), `seen:${id}`));
    return done();
  },
);

export const OPERATIONS = [
  getThing,
  getPair,
  getMixed,
  getTagged,
  getBrief,
  getLive,
  postThing,
  postHasty,
  getSeen,
  postSeen,
];
