import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readEnv } from '#config/env.ts';
import { callError } from '#kernel/base/call-error.ts';
import { userScope } from '#kernel/base/scope.ts';
import type { Tools } from '#kernel/flow/tools.ts';
import { authenticated, scopeOf } from '#kernel/identity/principal.ts';
import type { WireRequest } from '#kernel/upstream/calls/call.ts';
import { getExportFile } from '#operations/orders/exports.ts';
import { MAX_PAGES, workOn } from '#operations/parts/export-orders.ts';
import { toExport, toRows } from '#operations/shape/export.ts';
import type { Order } from '#schemas/upstream/orders.ts';
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
    if (!holds()) throw callError('denied', 'the session can not be used', { credential: 'user', status: 401 });
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
    const principal = authenticated('session', 'https://issuer.test', 'cy');
    const { id } = await beginExport(scopeOf(principal));
    await workOn(scopeOf(principal), id, { need: need(() => true) });
    const fetched = () => getExportFile.code({ id } as never, { principal } as never);
    expect(await fetched()).toMatchObject({ status: 200 });
    await identity().sessions.state.remove(`export:${id}:0`);
    await expect(fetched()).rejects.toMatchObject({ slug: 'not-found' });
  });

  test('that was cancelled before it had read anything has come to nothing', () => {
    const nothing = {
      cursor: undefined,
      orders: 0,
      pages: 0,
      read: 0,
      place: { page: 0, at: 0 },
      parts: 0,
      begunAt: 0,
    };
    const begun = { id: 'a', scope: userScope('i', 's'), ...nothing };
    expect(toExport({ ...begun, stage: 'cancelled' }).percent).toBe(0);
    expect(toExport({ ...begun, stage: 'failed', orders: 1 }).percent).toBe(10);
    expect(toExport({ ...begun, stage: 'done' }).percent).toBe(100);
  });
});

describe('the orders of a customer who has many', () => {
  /** An orders service with pages of these sizes, of which each begins with the last order of the one before. */
  function service(sizes: readonly number[], holds: () => boolean = () => true): Tools['need'] {
    const page = (at: number) => {
      const first = sizes.slice(0, at).reduce((sum, size) => sum + size, 0);
      return Array.from(
        { length: (sizes[at] ?? 0) + (at === 0 ? 0 : 1) },
        (_, place) => `o-${first + place + (at === 0 ? 1 : 0)}`,
      );
    };
    return (async ({ request: { single } }: { request: { single: WireRequest } }) => {
      if (!holds()) throw callError('denied', 'the session can not be used', { credential: 'user', status: 401 });
      const { pathname, searchParams } = new URL(single.path, 'http://a.test');
      const [, , id] = pathname.split('/');
      if (id !== undefined) return order(id);
      const at = Number(searchParams.get('after') ?? 0);
      const edges = page(at).map((orderId) => ({ node: order(orderId) }));
      const hasNextPage = at + 1 < sizes.length;
      return { edges, pageInfo: { hasNextPage, endCursor: hasNextPage ? String(at + 1) : null } };
    }) as unknown as Tools['need'];
  }
  const fileOf = async (who: string, id: string) => {
    const principal = authenticated('session', 'https://issuer.test', who);
    const { file } = (await getExportFile.code({ id } as never, { principal } as never)) as { file: { text: string } };
    return file.text;
  };
  const idsIn = (file: string) => [...file.matchAll(/^o-\d+/gm)].map(([id]) => id);
  const allOf = (count: number) => Array.from({ length: count }, (_, at) => `o-${at + 1}`);

  test.each([[[1]], [[7, 3, 5]], [[5, 5, 0]], [[50, 49, 1, 2]]])(
    'on pages of %j are in the file once each, in order',
    async (sizes) => {
      const scope = userScope('https://issuer.test', `many-${sizes}`);
      const { id } = await beginExport(scope);
      await workOn(scope, id, { need: service(sizes) });
      const count = sizes.reduce((sum, size) => sum + size, 0);
      expect((await findExport(scope, id))?.at).toMatchObject({ stage: 'done', orders: count, read: count });
      expect(idsIn(await fileOf(`many-${sizes}`, id))).toEqual(allOf(count));
    },
  );

  test('are each there once, wherever its worker was stopped', async () => {
    const sizes = [7, 3, 5];
    const scope = userScope('https://issuer.test', 'stopped');
    const { id } = await beginExport(scope);
    for (let asked = 0; asked < 12 && (await findExport(scope, id))?.at.stage !== 'done'; asked++) {
      let left = asked;
      await workOn(scope, id, { need: service(sizes, () => left-- > 0) });
    }
    expect(idsIn(await fileOf('stopped', id))).toEqual(allOf(15));
  });

  test('cost as much again where they are twice as many: what is written is not written again', async () => {
    const { state } = identity().sessions;
    const commit = vi.spyOn(state, 'commit');
    const written = async (who: string, pages: number) => {
      const scope = userScope('https://issuer.test', who);
      const { id } = await beginExport(scope);
      commit.mockClear();
      await workOn(scope, id, { need: service(new Array<number>(pages).fill(50)) });
      expect((await findExport(scope, id))?.at.stage).toBe('done');
      return commit.mock.calls.reduce((sum, [steps]) => sum + JSON.stringify(steps).length, 0);
    };
    try {
      const [some, twice] = [await written('some', 5), await written('twice', 10)];
      expect(twice / some).toBeGreaterThan(1.9);
      expect(twice / some).toBeLessThan(2.1);
    } finally {
      commit.mockRestore();
    }
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
    ['no end', (asked) => [[`o-${asked}`], true, `c-${asked}`], 'too-many', MAX_PAGES],
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
