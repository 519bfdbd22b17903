import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { State, Step } from '#kernel/state/state.ts';

/** A store that can be opened again, as another process would, on a clock of the test's own. */
export interface Store {
  open(clock: () => number): State;
  /** Makes it unreachable. */
  spoil(): void;
  dispose(): void;
}

/** What every adapter of the port does. */
export function stateSuite(name: string, sequences: number, create: () => Store): void {
  describe(`${name} keeps state`, () => {
    let store: Store;
    let now: number;
    let state: State;
    const clock = () => now;

    beforeEach(() => {
      now = 1_000_000;
      store = create();
      state = store.open(clock);
    });
    afterEach(async () => {
      await state.close();
      store.dispose();
    });

    test('as a map would whose keys expire, under any sequence of operations and through two connections', async () => {
      const key = fc.constantFrom('a', 'b', 'ü/:%');
      const step = fc.oneof(
        fc.record({ op: fc.constant('set' as const), key, value: fc.string(), ttl: fc.integer({ min: 1, max: 50 }) }),
        fc.record({ op: fc.constant('claim' as const), key, value: fc.string(), ttl: fc.integer({ min: 1, max: 50 }) }),
        fc.record({ op: fc.constant('swap' as const), key, value: fc.string(), right: fc.boolean() }),
        fc.record({ op: fc.constant('remove' as const), key, right: fc.boolean() }),
        fc.record({ op: fc.constant('wait' as const), ms: fc.nat(40) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const other = store.open(clock);
          const model = new Map<string, { value: string; version: number; expires: number }>();
          const held = (name: string) => {
            const entry = model.get(name);
            return entry && entry.expires > now ? entry : undefined;
          };
          for (const name of ['a', 'b', 'ü/:%']) await state.remove(name);
          let last = 0;
          const rises = (version: number) => {
            expect(version).toBeGreaterThan(last);
            last = version;
          };
          for (const [index, next] of steps.entries()) {
            const through = index % 2 === 0 ? state : other;
            if (next.op === 'wait') now += next.ms;
            else if (next.op === 'set') {
              const version = await through.set(next.key, next.value, { ttl: next.ttl });
              rises(version);
              model.set(next.key, { value: next.value, version, expires: now + next.ttl });
            } else if (next.op === 'claim') {
              const there = held(next.key);
              const seen = await through.claim(next.key, next.value, { ttl: next.ttl });
              expect(seen).toEqual(there && { value: there.value, version: there.version });
              if (there === undefined) {
                const version = (await through.get(next.key))?.version ?? 0;
                rises(version);
                model.set(next.key, { value: next.value, version, expires: now + next.ttl });
              }
            } else if (next.op === 'swap') {
              const there = held(next.key);
              const asked = next.right ? (there?.version ?? 0) : (there?.version ?? 0) - 1;
              const version = await through.swap(next.key, asked, next.value, { ttl: 20, durable: true });
              expect(version !== undefined).toBe(next.right && there !== undefined);
              if (version !== undefined) {
                rises(version);
                model.set(next.key, { value: next.value, version, expires: now + 20 });
              }
            } else {
              const there = held(next.key);
              const version = next.right ? there?.version : -1;
              expect(await through.remove(next.key, version)).toBe(there !== undefined && next.right);
              if (next.right) model.delete(next.key);
            }
            for (const name of ['a', 'b', 'ü/:%']) {
              const there = held(name);
              expect(await state.get(name)).toEqual(there && { value: there.value, version: there.version });
            }
            const several = ['b', 'nothing', 'ü/:%', 'b', 'a'];
            expect(await state.getMany(several)).toEqual(await Promise.all(several.map((name) => state.get(name))));
            expect(await state.getMany([])).toEqual([]);
          }
          await other.close();
        }),
        { numRuns: sequences },
      );
    });

    test('so that of many who swap at once one wins, and none is lost', async () => {
      const connections = [state, store.open(clock), store.open(clock)];
      await state.set('sum', '0', { ttl: 1_000 });
      const add = async (through: State): Promise<void> => {
        for (let tries = 0; tries < 1_000; tries++) {
          const { value, version } = (await through.get('sum')) ?? { value: '0', version: 0 };
          if (await through.swap('sum', version, String(Number(value) + 1), { ttl: 1_000 })) return;
        }
      };
      await Promise.all(Array.from({ length: 60 }, (_, index) => add(connections[index % 3] as State)));
      expect((await state.get('sum'))?.value).toBe('60');
      await Promise.all(connections.slice(1).map((connection) => connection.close()));
    });

    test('so that of many who claim at once one gets it', async () => {
      const claims = await Promise.all(
        Array.from({ length: 50 }, (_, index) => state.claim('lease', String(index), { ttl: 10 })),
      );
      expect(claims.filter((there) => there === undefined)).toHaveLength(1);
      now += 10;
      expect(await state.claim('lease', 'later', { ttl: 10 })).toBeUndefined();
    });

    test('as counts that end with their time, counted from the first addition', async () => {
      expect(await state.count('c', 1, 100)).toBe(1);
      now += 99;
      expect(await state.count('c', 2, 100)).toBe(3);
      now += 1;
      expect(await state.count('c', 1, 100)).toBe(1);
    });

    test('as streams whose ids rise, of which the last entries are kept', async () => {
      expect(await state.bounds('s')).toBeUndefined();
      for (let index = 1; index <= 10; index++) {
        expect(await state.append('s', `v${index}`, { maxEntries: 4, durable: index === 5 })).toBe(index);
      }
      expect(await state.append('other', 'x', { maxEntries: 4 })).toBe(1);
      expect(await state.bounds('s')).toEqual({ first: 7, last: 10 });
      expect(await state.read('s', 0, 2)).toEqual([
        { id: 7, value: 'v7' },
        { id: 8, value: 'v8' },
      ]);
      expect((await state.read('s', 8, 10)).map(({ id }) => id)).toEqual([9, 10]);
      expect(await state.read('s', 10, 10)).toEqual([]);
    });

    test('in commits: all of it or none, whatever the steps are and through whichever connection', async () => {
      const key = fc.constantFrom('a', 'b', 'c');
      const step = fc.oneof(
        fc.record({ do: fc.constant('claim' as const), key, value: fc.string() }),
        fc.record({ do: fc.constant('swap' as const), key, value: fc.string(), right: fc.boolean() }),
        fc.record({ do: fc.constant('remove' as const), key }),
        fc.record({ do: fc.constant('append' as const), value: fc.string() }),
        fc.record({ do: fc.constant('enqueue' as const), member: key, due: fc.nat(20) }),
        fc.record({ do: fc.constant('dequeue' as const), member: key }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 12 }), async (commits) => {
          const other = store.open(clock);
          for (const name of ['a', 'b', 'c']) {
            await state.remove(name);
            await state.commit([{ do: 'dequeue', queue: 'q', member: name }]);
          }
          const start = (await state.bounds('log'))?.last ?? 0;
          const values = new Map<string, string>();
          const due = new Map<string, number>();
          const log: string[] = [];
          for (const [index, drawn] of commits.entries()) {
            const steps: Step[] = [];
            let holds = true;
            const isWritten = (name: string) =>
              drawn.some((one) => (one.do === 'claim' || one.do === 'swap') && one.key === name);
            for (const one of drawn) {
              if (one.do === 'remove') {
                if (!isWritten(one.key)) steps.push(one);
              } else if (one.do === 'claim') {
                holds &&= !values.has(one.key);
                steps.push({ ...one, ttl: 1_000 });
              } else if (one.do === 'swap') {
                const version = (await state.get(one.key))?.version ?? 0;
                holds &&= one.right && values.has(one.key);
                steps.push({
                  do: 'swap',
                  key: one.key,
                  value: one.value,
                  version: one.right ? version : -1,
                  ttl: 1_000,
                });
              } else if (one.do === 'append') steps.push({ ...one, stream: 'log', maxEntries: 100_000 });
              else steps.push({ ...one, queue: 'q' });
            }
            const through = index % 2 === 0 ? state : other;
            const versions = await through.commit(steps, { durable: index % 3 === 0 });
            expect(versions !== undefined).toBe(holds);
            for (const [name, version] of versions ?? []) expect((await state.get(name))?.version).toBe(version);
            const written = steps.flatMap((one) => (one.do === 'claim' || one.do === 'swap' ? [one.key] : []));
            if (versions) expect(new Set(versions.keys())).toEqual(new Set(written));
            if (holds)
              for (const one of steps) {
                if (one.do === 'claim' || one.do === 'swap') values.set(one.key, one.value);
                else if (one.do === 'remove') values.delete(one.key);
                else if (one.do === 'append') log.push(one.value);
                else if (one.do === 'enqueue') due.set(one.member, one.due);
                else due.delete(one.member);
              }
            for (const name of ['a', 'b', 'c']) expect((await state.get(name))?.value).toBe(values.get(name));
            expect((await state.read('log', start, 1_000)).map(({ value }) => value)).toEqual(log);
            const queued = [...due].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
            const byTen = queued.filter(([, at]) => at <= 10).map(([member, at]) => ({ member, due: at }));
            expect(await state.due('q', 10, 100)).toEqual(byTen);
            expect(await state.due('q', Number.POSITIVE_INFINITY, 1)).toHaveLength(Math.min(1, due.size));
            expect(await state.queued('q')).toBe(due.size);
          }
          await other.close();
        }),
        { numRuns: sequences },
      );
    });

    test('in commits that write a key twice as in any other: the conditions are about what was there before', async () => {
      const claim = (value: string, owner?: string): Step => ({
        do: 'claim',
        key: 'form:a',
        value,
        ttl: 1_000,
        ...(owner && { owner }),
      });
      const swap = (version: number, value: string): Step => ({
        do: 'swap',
        key: 'form:a',
        version,
        value,
        ttl: 1_000,
      });
      const claimed = (await state.commit([claim('1', 'ada'), claim('2')]))?.get('form:a') ?? 0;
      expect(await state.get('form:a')).toEqual({ value: '2', version: claimed });
      expect(await state.commit([claim('3'), swap(claimed, '4')])).toBeUndefined();
      expect(await state.commit([swap(claimed, '5'), swap(claimed - 1, '6')])).toBeUndefined();
      const swapped = (await state.commit([swap(claimed, '7'), swap(claimed, '8')]))?.get('form:a') ?? 0;
      expect(await state.get('form:a')).toEqual({ value: '8', version: swapped });
      const append: Step = { do: 'append', stream: 's', value: 'a', maxEntries: 10 };
      await state.commit([append, append]);
      expect(await state.read('s', 0, 10)).toHaveLength(2);
      // It has kept its owner, whose quota it is.
      for (let index = 0; index < 20; index++) await state.set(`form:${index}`, '', { ttl: 1_000, owner: 'ada' });
      expect(await state.get('form:a')).toBeUndefined();
    });

    test('so that of many who commit against one version one wins', async () => {
      const connections = [state, store.open(clock), store.open(clock)];
      const version = await state.set('k', '', { ttl: 1_000 });
      const won = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          (connections[index % 3] as State).commit([
            { do: 'append', stream: 'won', value: String(index), maxEntries: 100 },
            { do: 'swap', key: 'k', version, value: String(index), ttl: 1_000 },
          ]),
        ),
      );
      expect(won.filter((versions) => versions !== undefined)).toHaveLength(1);
      expect((await state.read('won', 0, 100)).map(({ value }) => value)).toEqual([
        String(won.findIndex((versions) => versions !== undefined)),
      ]);
      await Promise.all(connections.slice(1).map((connection) => connection.close()));
    });

    test('of each owner so much and no more: the one longest unwritten goes', async () => {
      const most = 20;
      for (const owner of ['ada', 'bo']) {
        for (let index = 0; index < most; index++) {
          const options = { ttl: 1_000, owner, durable: index % 2 === 0 };
          if (index % 3 === 0) await state.claim(`form:${owner}:${index}`, 'v', options);
          else await state.set(`form:${owner}:${index}`, 'v', options);
        }
      }
      const first = await state.get('form:ada:0');
      await state.swap('form:ada:0', first?.version ?? 0, 'again', { ttl: 1_000 });
      await state.set('form:ada:next', 'v', { ttl: 1_000, owner: 'ada' });
      await state.commit([{ do: 'claim', key: 'form:ada:last', value: 'v', ttl: 1_000, owner: 'ada' }]);
      // Another table has a quota of its own, and what is nobody's has none.
      await state.set('guest:ada', 'v', { ttl: 1_000, owner: 'ada' });
      for (let index = 0; index < most + 5; index++) await state.set(`form:nobody:${index}`, 'v', { ttl: 1_000 });
      const names = Array.from({ length: most }, (_, index) => String(index));
      const left = async (owner: string, all: readonly string[]) => {
        const found = await Promise.all(all.map((name) => state.get(`form:${owner}:${name}`)));
        return all.filter((_, index) => found[index] !== undefined);
      };
      expect(await left('ada', [...names, 'next', 'last'])).toEqual(['0', ...names.slice(3), 'next', 'last']);
      expect(await left('bo', names)).toEqual(names);
      expect(await left('nobody', ['0', String(most + 4)])).toEqual(['0', String(most + 4)]);
      expect(await state.get('guest:ada')).toBeDefined();
    });

    test('in tables that have an end: of a full one the owner who has most loses some', async () => {
      const [most, perOwner] = [2_000, 20];
      await state.set('form:quiet', 'v', { ttl: 1_000, owner: 'quiet' });
      for (let first = 0; first < most + perOwner; first += perOwner) {
        const owner = `flood ${first / perOwner}`;
        const names = Array.from({ length: perOwner }, (_, index) => `form:${first + index}`);
        await Promise.all(names.map((name) => state.set(name, 'v', { ttl: 1_000, owner })));
      }
      const all = Array.from({ length: most + perOwner }, (_, index) => state.get(`form:${index}`));
      const left = (await Promise.all(all)).filter((one) => one !== undefined);
      expect(left.length).toBeLessThan(most);
      expect(left.length).toBeGreaterThan(most * 0.9);
      expect(await state.get('form:quiet')).toBeDefined();
      expect(await state.get(`form:${most + perOwner - 1}`)).toBeDefined();
    });

    test('beyond its own end', async () => {
      await state.set('k', 'v', { ttl: 1_000 });
      await state.append('s', 'e', { maxEntries: 1 });
      await state.close();
      state = store.open(clock);
      expect((await state.get('k'))?.value).toBe('v');
      expect(await state.append('s', 'f', { maxEntries: 1 })).toBe(2);
    });

    test('or says that it can’t', async () => {
      await state.close();
      store.spoil();
      state = store.open(clock);
      await expect(state.get('k')).rejects.toMatchObject({ kind: 'state' });
      await expect(state.set('k', 'v', { ttl: 1 })).rejects.toMatchObject({ kind: 'state' });
      await expect(state.append('k', 'v', { maxEntries: 1 })).rejects.toMatchObject({ kind: 'state' });
      await expect(state.commit([])).rejects.toMatchObject({ kind: 'state' });
      await expect(state.due('q', 0, 1)).rejects.toMatchObject({ kind: 'state' });
    });
  });
}
