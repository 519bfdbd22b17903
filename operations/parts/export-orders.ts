import { setTimeout as pause } from 'node:timers/promises';
import { isFault } from '#kernel/base/fault.ts';
import { slot } from '#kernel/base/registry.ts';
import type { Scope } from '#kernel/base/scope.ts';
import type { Tools } from '#kernel/flow/tools.ts';
import {
  type Export,
  findExport,
  isOver,
  keepRows,
  LEASE,
  type Lease,
  leaseExport,
  saveExport,
} from '#services/exports.ts';
import { orders } from '#services/orders.ts';
import { toRows } from '../shape/export.ts';

const PAGE = 50;
/** Orders that are read before it is written down how far it has come. */
export const STEP = 5;
const MOST_TRIES = 5;
const FIRST_PAUSE = 250;
const LOOK_EVERY = 500;

/**
 * Works on an export until it is over, unless somebody else does. Whoever asks for one that nobody works on goes on with
 * it from where it was, under their own credential: so it outlives the process. Never rejects.
 */
export async function workOn(scope: Scope, id: string, { need }: Pick<Tools, 'need'>): Promise<void> {
  const here = slot('exports', () => new Set<string>());
  if (here.has(id)) return;
  here.add(id);
  try {
    const lease = await patiently(scope, id);
    if (lease) await work(scope, id, lease, need);
  } catch {
    // A store that is away is not to be written to: whoever asks next goes on.
  } finally {
    here.delete(id);
  }
}

/** The lease, once whoever has it is done or was dead for so long that it has run out. */
async function patiently(scope: Scope, id: string): Promise<Lease | undefined> {
  for (let waited = 0; waited <= LEASE * 1.5; waited += LOOK_EVERY) {
    const lease = await leaseExport(id);
    if (lease) return lease;
    await pause(LOOK_EVERY);
    const found = await findExport(scope, id);
    if (found === undefined || isOver(found.at)) return undefined;
  }
  return undefined;
}

async function work(scope: Scope, id: string, lease: Lease, need: Tools['need']): Promise<void> {
  let failures = 0;
  try {
    for (;;) {
      const found = await findExport(scope, id);
      if (found === undefined || isOver(found.at) || !(await lease.renew())) return;
      try {
        await saveExport(found, await nextOf(found.at, need));
        failures = 0;
      } catch (thrown) {
        // Whose session has ended can go on with it under the next one.
        if (isFault(thrown) && thrown.status === 401) return;
        if (++failures >= MOST_TRIES) await saveExport(found, { ...found.at, stage: 'failed' });
        else await pause(FIRST_PAUSE * 2 ** failures);
      }
    }
  } finally {
    await lease.release().catch(() => undefined);
  }
}

async function nextOf(at: Export, need: Tools['need']): Promise<Export> {
  if (at.stage === 'listing') {
    const { edges, pageInfo } = await need(orders.page(PAGE, at.cursor));
    const known = [...at.orders, ...edges.map(({ node }) => node.orderId)];
    const cursor = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined;
    return { ...at, orders: known, cursor, stage: cursor === undefined ? stageOf(0, known.length) : 'listing' };
  }
  const some = at.orders.slice(at.read, at.read + STEP);
  const read = await Promise.all(some.map((id) => need(orders.order(id))));
  await keepRows(at, at.read, toRows(read));
  const count = at.read + some.length;
  return { ...at, read: count, stage: stageOf(count, at.orders.length) };
}

const stageOf = (read: number, all: number): Export['stage'] => (read >= all ? 'done' : 'reading');
