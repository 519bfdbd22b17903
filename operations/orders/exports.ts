import { z } from 'zod';
import { accepted, done, events, file } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { scopeOf } from '#kernel/identity/principal.ts';
import { workOn } from '#operations/parts/export-orders.ts';
import { HEAD, toExport } from '#operations/shape/export.ts';
import { ExportId, ExportView } from '#schemas/view/orders/export.ts';
import { beginExport, type Found, findExport, isOver, rowsOf, saveExport } from '#services/exports.ts';
import { tags } from '#services/tags.ts';

const common = { audience: 'personal', deadline: 3_000 } as const;
const one = { input: z.object({ id: ExportId }), example: { id: 'AAAAAAAAAAAAAAAA' } } as const;

export const createExport = operation(
  {
    ...common,
    id: 'createExport',
    route: 'POST /api/exports',
    summary: 'Begins to write all orders of the customer into a file, or finds that it is being done',
    input: z.object({}),
    example: {},
    form: true,
    answers: { 202: ExportView },
  },
  async (_, { principal, need, defer }) => {
    const scope = scopeOf(principal);
    const begun = await beginExport(scope);
    defer(workOn(scope, begun.id, { need }));
    return accepted(toExport(begun), { at: `/api/exports/${begun.id}` });
  },
);

export const getExport = operation(
  {
    ...common,
    ...one,
    id: 'getExport',
    route: 'GET /api/exports/{id}',
    summary: 'How far an export has come',
    output: ExportView,
  },
  async ({ id }, { principal, need, defer, tagged }) => {
    tagged(tags.exports);
    const scope = scopeOf(principal);
    const { at } = found(await findExport(scope, id));
    // The process that worked on it may be no more.
    if (!isOver(at)) defer(workOn(scope, id, { need }));
    return toExport(at);
  },
);

export const getExportProgress = operation(
  {
    ...common,
    ...one,
    id: 'getExportProgress',
    route: 'GET /api/exports/{id}/progress',
    summary: 'How far an export has come, and how it goes on, as a stream of snapshots',
    live: true,
  },
  async ({ id }, { principal }) => {
    found(await findExport(scopeOf(principal), id));
    return events({ topics: [], watch: [`/api/exports/${id}`] });
  },
);

export const getExportFile = operation(
  {
    ...common,
    ...one,
    id: 'getExportFile',
    route: 'GET /api/exports/{id}/file',
    summary: 'The file that an export has written',
    file: 'text/csv',
    answers: { 200: undefined },
  },
  async ({ id }, { principal }) => {
    const { at } = found(await findExport(scopeOf(principal), id));
    const rows = at.stage === 'done' ? await rowsOf(at) : undefined;
    if (at.stage === 'done' && rows === undefined) refuse('not-found', 'The export has expired.');
    if (rows === undefined) refuse('conflict', `There is no file: the export is ${at.stage}.`);
    return file(HEAD + rows, { type: 'text/csv; charset=utf-8', name: 'orders.csv' });
  },
);

export const cancelExport = operation(
  {
    ...common,
    ...one,
    id: 'cancelExport',
    route: 'DELETE /api/exports/{id}',
    summary: 'Stops an export; one that is over stays as it is',
    form: true,
    answers: { 204: undefined },
  },
  async ({ id }, { principal }) => {
    const scope = scopeOf(principal);
    for (;;) {
      const now = found(await findExport(scope, id));
      if (isOver(now.at) || (await saveExport(now, { next: { ...now.at, stage: 'cancelled' } }))) return done();
    }
  },
);

function found(stored: Found | undefined): Found {
  return stored ?? refuse('not-found', 'You have no such export.');
}
