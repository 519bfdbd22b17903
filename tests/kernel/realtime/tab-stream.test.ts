import { describe, expect, test } from 'vitest';
import { guest, scopeOf } from '#kernel/identity/principal.ts';
import { hubOf } from '#kernel/realtime/hub.ts';
import { bearerIs } from '#tests/support/engine.ts';
import { ana, bo, listen, MAIL, restart, served, shop, snapshots, withLiveShop } from '#tests/support/live-shop.ts';
import { pause, until } from '#tests/support/until.ts';

withLiveShop();

describe('the one stream of a tab', () => {
  test('carries events with ids, and snapshots that say what they are of and leave the id alone', async () => {
    const outlet = await listen('/api/events?watch=/api/plain/1,/api/plain/2');
    await outlet.has('snapshot', 2);
    const [ready] = outlet.named('ready');
    expect(JSON.parse(ready?.data ?? '')).toEqual({ topics: ['news'], watch: ['/api/plain/1', '/api/plain/2'] });
    expect(snapshots(outlet).map(({ of }) => of)).toEqual(['/api/plain/1', '/api/plain/2']);
    expect(snapshots(outlet)[0].view).toEqual((await shop.ask('/api/plain/1')).json);
    expect(outlet.named('snapshot').map(({ id }) => id)).toEqual([undefined, undefined]);
    served.version = 2;
    await shop.ask('/api/things/2', {}, { method: 'POST' });
    const [changed] = await outlet.has('changed', 1);
    await outlet.has('snapshot', 3);
    expect([changed?.data, typeof changed?.id]).toEqual(['{"id":"2"}', 'string']);
    expect(snapshots(outlet)[2]).toMatchObject({ of: '/api/plain/2', view: { n: 2 } });

    outlet.leave();
    await shop.ask('/api/things/2', {}, { method: 'POST' });
    const back = await listen('/api/events', { 'last-event-id': changed?.id ?? '' });
    await back.has('changed', 1);
    expect(back.events.map(({ event }) => event)).toEqual(['ready', 'changed']);
  });

  test('says reset where what was missed can’t be had', async () => {
    const outlet = await listen('/api/events?watch=/api/plain/1', { 'last-event-id': 'AAAAAAAAAAAAAAAAAAAAAA' });
    await outlet.has('snapshot', 1);
    expect(outlet.events.map(({ event }) => event)).toEqual(['ready', 'reset', 'snapshot']);
    expect(outlet.named('reset')[0]?.id).toBe(outlet.named('ready')[0]?.id);
  });

  test('names the address that can’t be watched', async () => {
    const refused = async (watch: string, headers = {}) => {
      const { status, json: problem } = await shop.ask(`/api/events?watch=${watch}`, headers);
      return [status, problem.detail];
    };
    expect(await refused('/api/plain/1,/api/nothing')).toEqual([400, "/api/nothing can't be watched."]);
    expect(await refused('/api/events')).toEqual([400, "/api/events can't be watched."]);
    expect(await refused('/api/plain/1?parts=x')).toEqual([400, "/api/plain/1?parts=x can't be watched."]);
    expect(await refused('/api/mine/1')).toEqual([401, '/api/mine/1 is personal.']);
    expect(await refused('', { authorization: 'Bearer bad' })).toEqual([401, 'The credential was refused.']);
    expect(await shop.ask('/api/events?mail=1')).toMatchObject({ status: 401 });
  });

  test('brings a personal topic to its principal alone, and to no other who asks for it', async () => {
    const [anas, bos] = [await listen('/api/events?mail=1', ana), await listen('/api/events?mail=1', bo)];
    await shop.ask('/api/mine/1', ana, { method: 'POST' });
    await anas.has('written', 1);
    const stolen = await listen('/api/events?mail=1', { ...bo, 'last-event-id': anas.named('ready')[0]?.id ?? '' });
    await hubOf(shop.engine.runtime.sessions.state).publish(
      MAIL,
      'written',
      'for bo',
      scopeOf((await bearerIs({ authorization: 'Bearer bo', cookie: undefined })) as never),
    );
    await stolen.has('written', 1);
    for (const outlet of [bos, stolen]) expect(outlet.named('written').map(({ data }) => data)).toEqual(['"for bo"']);
    expect(anas.named('written')).toHaveLength(1);
  });

  test('ends with the guest whose answers it watches', async () => {
    let lives = true;
    const identify: typeof bearerIs = () => (lives ? guest('hash') : 'ended');
    restart({ identify });
    const outlet = await listen('/api/events?watch=/api/plain/1,/api/basket/1');
    await outlet.has('snapshot', 2);
    const { streams } = hubOf(shop.engine.runtime.sessions.state);
    streams.pulse(performance.now() + 26_000, () => Buffer.from(':\n\n'));
    await pause(10);
    expect(outlet.over).toBe('open');
    lives = false;
    streams.pulse(performance.now() + 60_000, () => Buffer.from(':\n\n'));
    await until('it ends', () => outlet.over === 'ended');
  });

  test('is opened and looked after at a glance: it is no sign that a user is there', async () => {
    const how: unknown[] = [];
    const identify: typeof bearerIs = (headers, manner) => {
      how.push(manner);
      return bearerIs(headers);
    };
    restart({ identify });
    await (await listen('/api/events?watch=/api/mine/1', ana)).has('snapshot', 1);
    await listen('/api/mine/1', ana);
    expect(new Set(how)).toEqual(new Set(['peek']));
    await shop.ask('/api/mine/1', ana);
    expect(how.at(-1)).toBeUndefined();
  });

  test('an operation that breaks reports once, reveals nothing, and leaves the rest of the stream alone', async () => {
    const outlet = await listen('/api/events?watch=/api/broken/1,/api/plain/1');
    await outlet.has('snapshot', 1);
    const [problem] = await outlet.has('problem', 1);
    expect(JSON.parse(problem?.data ?? '')).toMatchObject({ of: '/api/broken/1', problem: { code: 'internal' } });
    expect(outlet.text).not.toContain('nobody foresaw');
    expect([outlet.over, shop.reported.length]).toEqual(['open', 1]);
  });
});
