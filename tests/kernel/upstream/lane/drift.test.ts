import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { type DriftLedger, noteDrift, noteIssues } from '#kernel/upstream/lane/drift.ts';
import { noteUnknown } from '#kernel/upstream/lane/unknown-members.ts';

const Page = z.object({
  items: z.array(z.object({ id: z.string(), price: z.object({ cents: z.int() }) })),
  next: z.string().nullable(),
});

function seen(answer: unknown): string[] {
  const ledger: DriftLedger = new Map();
  const parsed = Page.safeParse(answer);
  if (parsed.success) noteUnknown(ledger, 'up', 'GET x', answer, parsed.data);
  else noteIssues(ledger, 'up', 'GET x', parsed.error.issues, answer);
  return [...ledger.values()].map(
    ({ path, expected, actual: kind, count }) => `${path}: ${expected}, ${kind} ×${count}`,
  );
}

const item = (more: object = {}) => ({ id: '1', price: { cents: 1 }, ...more });

describe('the drift ledger', () => {
  test('says nothing of an answer that fits', () => {
    expect(seen({ items: [item(), item()], next: null })).toEqual([]);
  });

  test('takes little room, however long the names are that an upstream makes up', () => {
    const ledger: DriftLedger = new Map();
    for (let answer = 0; answer < 50; answer++) {
      const name = `${'x'.repeat(100_000)}${answer}`;
      noteUnknown(ledger, 'up', 'GET x', { [name]: 1 }, {});
    }
    const characters = [...ledger].reduce((sum, [key, { path }]) => sum + key.length + path.length, 0);
    expect(characters).toBeLessThan(50 * 1_000);
  });

  test('looks at a hundred unknown members of an answer, however many it has', () => {
    const ledger: DriftLedger = new Map();
    let looked = 0;
    const answer = Object.defineProperties(
      {},
      Object.fromEntries(
        Array.from({ length: 20_000 }, (_, index) => [`k${index}`, { enumerable: true, get: () => ++looked }]),
      ),
    );
    noteUnknown(ledger, 'up', 'GET x', answer, {});
    expect([ledger.size, looked]).toEqual([100, 100]);
  });

  test('names the path without positions, what was expected and what came, and counts what is alike', () => {
    expect(seen({ items: [item({ price: { cents: '1' } }), item({ price: { cents: '2' } })], next: null })).toEqual([
      'items[].price.cents: number, string ×2',
    ]);
    expect(seen({ items: {}, next: null })).toEqual(['items: array, object ×1']);
    expect(seen({ items: [], next: 5 })).toEqual(['next: string, number ×1']);
    expect(seen({ items: [] })).toEqual(['next: string, undefined ×1']);
    expect(seen(null)).toEqual([': object, null ×1']);
  });

  test('keeps the shape of what came, and nothing personal', () => {
    const ledger: DriftLedger = new Map();
    for (const [path, value] of Object.entries({
      price: '1.299,00 €',
      name: 'Zoë 李',
      flag: true,
      none: null,
      list: ['secret'],
      deep: { secret: 1 },
      count: 12.5,
      long: 'a'.repeat(1_000),
    })) {
      noteDrift(ledger, { upstream: 'up', call: 'x', path, expected: 'e', actual: 's' }, value);
      noteDrift(ledger, { upstream: 'up', call: 'x', path, expected: 'e', actual: 's' }, 'later');
    }
    expect(Object.fromEntries([...ledger.values()].map(({ path, sample }) => [path, sample]))).toEqual({
      price: '"9.999,99 €"',
      name: '"xxx x"',
      flag: 'true',
      none: 'null',
      list: '[1]',
      deep: '{…}',
      count: '99.9',
      long: `"${'x'.repeat(32)}"`,
    });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const one: DriftLedger = new Map();
        noteDrift(one, { upstream: 'up', call: 'x', path: 'p', expected: 'e', actual: 's' }, value);
        const [drift] = one.values();
        expect((JSON.parse(drift?.sample ?? '') as string).replaceAll(/[x9]/g, '')).not.toMatch(/[\p{L}\p{N}]/u);
      }),
    );
  });

  test('counts members that we do not know, at any depth', () => {
    const items = [item({ colour: 'red' }), item({ price: { cents: 1, tax: [] } }), item({ colour: null })];
    expect(seen({ items, next: null, total: 3 })).toEqual([
      'items[].colour: nothing, string ×1',
      'items[].price.tax: nothing, array ×1',
      'items[].colour: nothing, null ×1',
      'total: nothing, number ×1',
    ]);
  });

  test('is bounded: what has not occurred for longest makes room, and is counted anew when it comes back', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const ledger: DriftLedger = new Map();
    const meet = (name: string) => noteUnknown(ledger, 'up', 'x', { [name]: 1 }, {});
    meet('rare');
    for (let number = 0; number < 2_500; number++) {
      vi.advanceTimersByTime(1);
      meet(`p${number}`);
      meet('frequent');
    }
    const counts = () => new Map([...ledger.values()].map(({ path, count }) => [path, count]));
    expect(ledger.size).toBeLessThanOrEqual(1_000);
    expect(ledger.size).toBeGreaterThan(850);
    expect([counts().get('rare'), counts().get('frequent'), counts().get('p2499')]).toEqual([undefined, 2_500, 1]);
    meet('rare');
    meet('rare');
    expect(counts().get('rare')).toBe(2);
  });

  test('counts members whatever they are called, and however many there are', () => {
    const names = [
      '[]',
      'a.b',
      '__proto__',
      'constructor',
      'x'.repeat(300),
      ...Array.from({ length: 90 }, (_, n) => `k${n}`),
    ];
    const answer = JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:1`).join()}}`);
    const ledger: DriftLedger = new Map();
    for (let answers = 0; answers < 50; answers++) noteUnknown(ledger, 'up', `call ${answers % 10}`, answer, {});
    expect([...ledger.values()].reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(50 * names.length);
    const last = [...ledger.values()].filter(({ call }) => call === 'call 9');
    expect(last.map(({ path }) => path.slice(0, 100)).sort()).toEqual(names.map((name) => name.slice(0, 100)).sort());
    expect(new Set(last.map(({ count }) => count))).toEqual(new Set([5]));
  });

  test('keeps apart upstreams and calls', () => {
    const ledger: DriftLedger = new Map();
    for (const [upstream, call] of [
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'x'],
      ['a', 'x'],
    ] as const) {
      noteDrift(ledger, { upstream, call, path: 'p', expected: 'e', actual: 's' });
    }
    expect([...ledger.values()].map(({ count }) => count).sort()).toEqual([1, 1, 2]);
  });
});
