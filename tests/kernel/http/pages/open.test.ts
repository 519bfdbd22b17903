import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readEnv } from '#config/env.ts';
import { createRuntime } from '#host/runtime.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import { createEngine } from '#kernel/http/engine/engine.ts';
import { openForPage } from '#kernel/http/pages/open.ts';
import { type MockServer, startMockServer } from '#mocks/server.ts';
import { getProduct } from '#operations/catalog/product.ts';
import { operations } from '#operations/index.ts';
import { IN_A_HURRY } from '#tests/support/host.ts';
import { UNHURRIED } from '#tests/support/patience.ts';
import { steadyLoop } from '#tests/support/steady-loop.ts';

const SLOW = 150;
let mocks: MockServer;

beforeAll(async () => {
  mocks = await startMockServer(0, { latency: 'none', slow: SLOW });
});
afterEach(() => resetRegistry());
afterAll(() => mocks.close());

function open(id: string, scenario?: string, times: Record<string, string> = { DEADLINE_SCALE: String(UNHURRIED) }) {
  steadyLoop();
  const env = readEnv({ MOCKS_PORT: String(mocks.port), LOG_LEVEL: 'silent', ...times });
  const engine = createEngine(createRuntime(env, { defer: (work) => void work.catch(() => undefined) }), operations);
  return openForPage<Record<string, unknown>>(engine, getProduct, { id }, scenario ? { 'x-scenario': scenario } : {});
}

describe('opening an operation for a page', () => {
  test('gives what the answer can’t do without at once, and late parts as they come', async () => {
    const opened = await open('p-000042', 'reviews=slow');
    if (!opened.ok) throw new Error('it opens');
    expect(opened.first).toMatchObject({ id: 'p-000042', price: { now: { currency: 'EUR' } } });
    expect(opened.first.meta.sections.rating).toEqual({ state: 'pending' });
    expect(opened.first).not.toHaveProperty('rating');
    const later = await opened.late.rating;
    expect(later).toHaveProperty('rating.count');
    expect(later?.meta.sections).not.toHaveProperty('rating');
  });

  test('gives a late part that fails as what it became', async () => {
    const opened = await open('p-000042', 'inventory=hang', IN_A_HURRY);
    if (!opened.ok) throw new Error('it opens');
    const later = await opened.late.stock;
    expect(later?.meta.sections.stock).toEqual({ state: 'missing', reason: 'timeout' });
  });

  test('has nothing late once everything is kept', async () => {
    await open('p-000043').then((opened) => (opened.ok ? Promise.all(Object.values(opened.late)) : undefined));
    const again = await open('p-000043');
    expect(again).toMatchObject({ ok: true, late: {}, first: { meta: { complete: true, sections: {} } } });
  });

  test('says why there is nothing to open', async () => {
    expect(await open('p-999999')).toMatchObject({ ok: false, problem: { slug: 'not-found' } });
    expect(await open('nonsense')).toMatchObject({ ok: false, problem: { slug: 'invalid-request' } });
    expect(await open('p-000042', 'pricing=down')).toMatchObject({ ok: false, problem: { slug: 'upstream-failed' } });
  });
});
