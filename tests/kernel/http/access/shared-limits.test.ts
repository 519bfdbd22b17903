import { setImmediate } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SharedCounter } from '#kernel/http/access/counter.ts';
import { openPostgresState, type PostgresState } from '#services/state/postgres/postgres.ts';
import { PATIENCE } from '#tests/support/patience.ts';
import { type PostgresServer, settingsFor, sharedPostgres } from '#tests/support/postgres.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';

const INSTANCES = 3;
const POLICY = { quota: 60, seconds: 600 };

describe.skipIf(isSkipped('initdb'))(`limits that instances share${skipNote('initdb')}`, () => {
  let server: PostgresServer;
  let states: PostgresState[];
  let counters: SharedCounter[];
  beforeAll(async () => {
    server = await sharedPostgres();
  });
  beforeEach(async () => {
    const url = await server.database();
    states = Array.from({ length: INSTANCES }, () => openPostgresState(settingsFor(url)));
    await states[0]?.get('none');
    counters = states.map(
      ({ query }) => new SharedCounter('reads 60/600', POLICY, { query, instances: INSTANCES, patience: PATIENCE }),
    );
    return () => Promise.all(states.map((state) => state.close()));
  });
  const count = (caller: string, instance: number) => (counters[instance % INSTANCES] as SharedCounter).count(caller);
  const letThrough = async (caller: string, requests: number) =>
    (await Promise.all(Array.from({ length: requests }, (_, index) => count(caller, index)))).filter(
      ({ over }) => !over,
    ).length;

  test('are one limit, to the last request, however many ask at once', async () => {
    expect(await letThrough('ada', 200)).toBe(POLICY.quota);
    expect(await letThrough('ada', 30)).toBe(0);
    expect((await count('bo', 0)).left).toBe(59);
    expect(await count('bo', 1)).toMatchObject({ left: 58, over: false });
  });

  test('say how long the window is still, also where the caller is known to be over and no upstream is asked', async () => {
    await letThrough('ada', 200);
    const asked = async () => {
      const { rows } = await (states[0] as PostgresState).query({ text: 'SELECT points FROM tributary.rate_limits' });
      return (rows as { points: number }[])[0]?.points;
    };
    const before = await asked();
    for (let instance = 0; instance < INSTANCES; instance++) {
      const { left, over, msBeforeNext } = await count('ada', instance);
      expect([left, over]).toEqual([0, true]);
      expect(msBeforeNext).toBeGreaterThan(0);
      expect(msBeforeNext).toBeLessThanOrEqual(600_000);
    }
    expect(await asked()).toBe(before);
  });

  test('take back what was refused for something else, in all instances', async () => {
    const last = [];
    for (let index = 0; index < POLICY.quota; index++) last.push(await count('ada', index));
    last.at(-1)?.giveBack();
    await expect
      .poll(async () => {
        const { rows } = await (states[0] as PostgresState).query({ text: 'SELECT points FROM tributary.rate_limits' });
        return (rows as { points: number }[])[0]?.points;
      })
      .toBe(59);
    // By the very instance that had seen the quota used up.
    expect((await count('ada', POLICY.quota - 1)).over).toBe(false);
    expect((await count('ada', 1)).over).toBe(true);
  });

  test('take nothing back of a request that was refused without being counted', async () => {
    const { query } = states[0] as PostgresState;
    let sent = 0;
    const counted: PostgresState['query'] = (statement) => {
      sent++;
      return query(statement);
    };
    const shared = { query: counted, instances: INSTANCES, patience: PATIENCE };
    const counter = new SharedCounter('reads 60/600', POLICY, shared);
    await letThrough('ada', POLICY.quota);
    expect((await counter.count('ada')).over).toBe(true);
    // Such as a stream that its client will ask for again.
    for (let index = 0; index < 10; index++) (await counter.count('ada')).giveBack();
    await setImmediate();
    expect(sent).toBe(1);
  });

  test('go on by each instance’s share while the store is away, and together afterwards', async () => {
    expect(await letThrough('ada', 6)).toBe(6);
    await server.end('SIGKILL');
    try {
      expect(await letThrough('bo', 200)).toBe(POLICY.quota);
      expect((await count('cy', 0)).left).toBe(POLICY.quota / INSTANCES - 1);
    } finally {
      await server.start();
    }
    await expect
      .poll(() => Promise.all(states.map((state) => state.get('none'))).then(() => 'back', String))
      .toBe('back');
    // A crash has forgotten the counts: nobody waits for the disk because of them.
    expect(await letThrough('dee', 200)).toBe(POLICY.quota);
  });

  test('let no request wait for a store that stands still', async () => {
    const [state] = states as [PostgresState];
    const counter = (patience: number) =>
      new SharedCounter('reads 60/600', POLICY, { query: state.query, instances: INSTANCES, patience });
    const hasty = counter(20);
    expect(await counter(PATIENCE).count('ada')).toMatchObject({ left: 59 });
    server.signal('SIGSTOP');
    try {
      expect((await hasty.count('ada')).left).toBe(POLICY.quota / INSTANCES - 1);
    } finally {
      server.signal('SIGCONT');
    }
  });
});
