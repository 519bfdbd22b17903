import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fault } from '#kernel/base/fault.ts';
import { userScope } from '#kernel/base/scope.ts';
import type { Tools } from '#kernel/flow/tools.ts';
import { known, scopeOf } from '#kernel/identity/principal.ts';
import { getExportFile } from '#operations/exports.ts';
import { MOST_PAGES, workOn } from '#operations/parts/export-orders.ts';
import { toExport, toRows } from '#operations/shape/export.ts';
import type { Order } from '#schemas/upstream/orders.ts';
import { readEnv } from '#services/env.ts';
import { beginExport, findExport } from '#services/exports.ts';
import { identity } from '#services/identity/identity.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-exports-'));
  identity(readEnv({ DATA_DIR: folder, LOG_LEVEL: 'silent' }));
});
afterAll(async () => {
  await identity().sessions.state.close();
  rmSync(folder, { recursive: true });
});

const order = (orderId: string, title = 'A thing'): Order => ({
  orderId,
  placedAt: '2026-11-23T07:00:00.000Z',
  status: 'placed',
  paymentStatus: 'none',
  currencyCode: 'EUR',
  lines: [{ productId: 'p-000042', title, quantity: 1, unitAmountMinor: 990 }],
  shippingAmountMinor: 0,
  totalAmountMinor: 990,
  shippingAddress: { fullName: 'Ada', line1: '1', city: 'C', postalCode: '1', countryCode: 'DE' },
  shipmentId: null,
});

/** An orders service that has two orders, for those whose credential holds. */
function need(holds: () => boolean): Tools['need'] {
  const page = {
    edges: ['o-1', 'o-2'].map((orderId) => ({ cursor: orderId, node: order(orderId) })),
    pageInfo: { hasNextPage: false, endCursor: null },
  };
  let asked = 0;
  return (async () => {
    if (!holds()) throw fault('denied', 'the session can not be used', { credential: 'user', status: 401 });
    return asked++ === 0 ? page : order(`o-${asked}`);
  }) as Tools['need'];
}

describe('an export', () => {
  test('whose credential ends on the way has not failed: its owner goes on with it under another', async () => {
    const scope = userScope('https://issuer.test', 'ada');
    const { id } = await beginExport(scope);
    let steps = 0;
    await workOn(scope, id, { need: need(() => steps++ === 0) });
    expect((await findExport(scope, id))?.at).toMatchObject({ stage: 'reading', read: 0 });
    await workOn(scope, id, { need: need(() => true) });
    expect((await findExport(scope, id))?.at).toMatchObject({ stage: 'done', read: 2 });
  });

  test('that is asked for again is the one under way, and of those that are over the last ten are kept', async () => {
    const scope = userScope('https://issuer.test', 'dee');
    const ids: string[] = [];
    for (let index = 0; index < 12; index++) {
      const { id } = await beginExport(scope);
      expect((await beginExport(scope)).id).toBe(id);
      expect((await beginExport(scope)).id).toBe(id);
      await workOn(scope, id, { need: need(() => true) });
      ids.push(id);
    }
    const left = await Promise.all(ids.map((id) => findExport(scope, id)));
    expect(left.map((one) => one?.at.stage)).toEqual([undefined, undefined, ...new Array(10).fill('done')]);
  });

  test('of which some is gone has expired, and is not “not there yet”', async () => {
    const principal = known('session', 'https://issuer.test', 'cy');
    const { id } = await beginExport(scopeOf(principal));
    await workOn(scopeOf(principal), id, { need: need(() => true) });
    const fetched = () => getExportFile.code({ id } as never, { principal } as never);
    expect(await fetched()).toMatchObject({ status: 200 });
    await identity().sessions.state.remove(`export:${id}:0`);
    await expect(fetched()).rejects.toMatchObject({ slug: 'not-found' });
  });

  test('that was cancelled before it had read anything has come to nothing', () => {
    const begun = { id: 'a', scope: userScope('i', 's'), cursor: undefined, orders: [], read: 0, begunAt: 0 };
    expect(toExport({ ...begun, stage: 'cancelled' }).percent).toBe(0);
    expect(toExport({ ...begun, stage: 'failed', orders: ['o-1'] }).percent).toBe(10);
    expect(toExport({ ...begun, stage: 'done' }).percent).toBe(100);
  });
});

describe('a walk through the list of orders', () => {
  type Page = readonly [ids: readonly string[], hasNextPage: boolean, endCursor: string | null];
  const walk = async (who: string, pageAt: (asked: number) => Page) => {
    const scope = userScope('https://issuer.test', who);
    const { id } = await beginExport(scope);
    let asked = 0;
    const listing = (async () => {
      const [ids, hasNextPage, endCursor] = pageAt(asked++);
      return { edges: ids.map((one) => ({ cursor: one, node: order(one) })), pageInfo: { hasNextPage, endCursor } };
    }) as unknown as Tools['need'];
    await workOn(scope, id, { need: listing });
    return { asked, ...(await findExport(scope, id))?.at };
  };

  test.each<[string, (asked: number) => Page, string, number]>([
    ['the same cursor again', (asked) => [[`o-${asked}`], true, 'same'], 'list-broken', 2],
    ['two cursors in turns, and nothing new', (asked) => [['o-1'], true, `c-${asked % 2}`], 'list-broken', 2],
    ['nothing on a page, and more to come', (asked) => [[], true, `c-${asked}`], 'list-broken', 1],
    ['no cursor, and more to come', () => [['o-1'], true, null], 'list-broken', 1],
    ['no end', (asked) => [[`o-${asked}`], true, `c-${asked}`], 'too-many', MOST_PAGES],
  ])('with %s fails, and says so', async (name, pageAt, failure, most) => {
    const at = await walk(name, pageAt);
    expect(at).toMatchObject({ asked: most, stage: 'failed', failure });
    expect(toExport(at as never)).toMatchObject({ stage: 'failed', failure });
  });
});

describe('a cell', () => {
  test.each(['=1+1', '+1', '-1', '@a', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠a'])(
    'that a spreadsheet would take for a formula is text: %j',
    (title) => {
      expect(toRows([order('o-1', title)])).toMatch(/,"?'/);
    },
  );
});
