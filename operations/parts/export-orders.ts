import { setTimeout as pause } from 'node:timers/promises';
import { isCallError } from '#kernel/base/call-error.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { Scope } from '#kernel/base/scope.ts';
import type { Tools } from '#kernel/flow/tools.ts';
import {
  type Export,
  type ExportFailure,
  findExport,
  isOver,
  LEASE,
  type Lease,
  leaseExport,
  listedOn,
  type Progress,
  saveExport,
} from '#services/exports.ts';
import { orders } from '#services/orders.ts';
import { toRows } from '../shape/export.ts';

const PAGE = 50;
/** Orders that are read before it is written down how far it has come. */
const STEP = 5;
/** Pages of the list. A customer with more orders is told so. */
export const MAX_PAGES = 400;
const MAX_TRIES = 5;
const FIRST_PAUSE = 250;
const POLL_INTERVAL_MS = 500;

/**
 * Works on an export until it is finished, unless another process does. A later request continues an export that was
 * left, from where it was, under its own credential: so it outlives the process. Never rejects.
 */
export async function workOn(scope: Scope, id: string, { need }: Pick<Tools, 'need'>): Promise<void> {
  const here = processSingleton('exports', () => new Set<string>());
  if (here.has(id)) return;
  here.add(id);
  try {
    const lease = await patiently(scope, id);
    if (lease) await work(scope, id, lease, need);
  } catch {
    // The store is away: the next request goes on.
  } finally {
    here.delete(id);
  }
}

/** The lease, once its holder has finished or has been silent for so long that it has run out. */
async function patiently(scope: Scope, id: string): Promise<Lease | undefined> {
  for (let waited = 0; waited <= LEASE * 1.5; waited += POLL_INTERVAL_MS) {
    const lease = await leaseExport(id);
    if (lease) return lease;
    await pause(POLL_INTERVAL_MS);
    const found = await findExport(scope, id);
    if (found === undefined || isOver(found.at)) return undefined;
  }
  return undefined;
}

async function work(scope: Scope, id: string, lease: Lease, need: Tools['need']): Promise<void> {
  const listed = new Set<string>();
  let failures = 0;
  try {
    for (;;) {
      const found = await findExport(scope, id);
      if (found === undefined || isOver(found.at) || !(await lease.renew())) return;
      try {
        const progress = await (found.at.stage === 'listing' ? list(found.at, listed, need) : read(found.at, need));
        if (await saveExport(found, progress)) for (const order of progress.page ?? []) listed.add(order);
        failures = 0;
      } catch (thrown) {
        // If the session has ended, the customer's next one can go on with it.
        if (isCallError(thrown) && thrown.status === 401) return;
        if (++failures >= MAX_TRIES) await saveExport(found, failed(found.at, 'unavailable'));
        else await pause(FIRST_PAUSE * 2 ** failures);
      }
    }
  } finally {
    await lease.release().catch(() => undefined);
  }
}

/** Reads one more page of the list; `listed` is what was on the pages before, as far as this process knows. */
async function list(at: Export, listed: Set<string>, need: Tools['need']): Promise<Progress> {
  for (let before = 0; listed.size < at.orders; before++) {
    const page = await listedOn(at, before);
    if (page === undefined) return failed(at, 'unavailable');
    for (const order of page) listed.add(order);
  }
  const { edges, pageInfo } = await need(orders.page(PAGE, at.cursor));
  const page = [...new Set(edges.map(({ node }) => node.orderId))].filter((order) => !listed.has(order));
  const pages = at.pages + 1;
  const total = at.orders + page.length;
  if (!pageInfo.hasNextPage) {
    return { next: { ...at, orders: total, pages, cursor: undefined, stage: stageOf(0, total) }, page };
  }
  const cursor = pageInfo.endCursor;
  // There is more, but no way to it, or one that leads back to where it has been.
  if (cursor === null || cursor === at.cursor || page.length === 0) return failed(at, 'list-broken');
  if (pages >= MAX_PAGES) return failed(at, 'too-many');
  return { next: { ...at, orders: total, pages, cursor }, page };
}

/** Reads the next orders of a page of the list, and writes their rows. */
async function read(at: Export, need: Tools['need']): Promise<Progress> {
  const { page, at: from } = at.place;
  const ids = await listedOn(at, page);
  if (ids === undefined) return failed(at, 'unavailable');
  const some = ids.slice(from, from + STEP);
  const found = await Promise.all(some.map((id) => need(orders.order(id))));
  const count = at.read + some.length;
  const end = from + some.length;
  const place = end < ids.length ? { page, at: end } : { page: page + 1, at: 0 };
  const next = { ...at, read: count, place, parts: at.parts + 1, stage: stageOf(count, at.orders) };
  return { next, part: toRows(found) };
}

const failed = (at: Export, failure: ExportFailure): Progress => ({ next: { ...at, stage: 'failed', failure } });

const stageOf = (done: number, all: number): Export['stage'] => (done >= all ? 'done' : 'reading');
