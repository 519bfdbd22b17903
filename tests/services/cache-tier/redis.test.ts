import { readFileSync } from 'node:fs';
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CacheTier } from '#kernel/cache/tier.ts';
import { openRedisTier } from '#services/cache-tier/redis.ts';
import { type Authority, createAuthority, hasOpenssl } from '#tests/support/certificates.ts';
import { freePort } from '#tests/support/host.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';
import { startRedis, type TestRedis } from '#tests/support/redis.ts';
import { until } from '#tests/support/until.ts';

const opened: CacheTier[] = [];
const started: TestRedis[] = [];
afterEach(async () => {
  for (const tier of opened.splice(0)) tier.close();
  await Promise.all(started.splice(0).map((redis) => redis.kill()));
});

async function redisWith(args: readonly string[] = [], port?: number): Promise<TestRedis> {
  const redis = await startRedis(args, port);
  started.push(redis);
  return redis;
}

function open(url: string): CacheTier {
  const tier = openRedisTier(url);
  opened.push(tier);
  return tier;
}

const ready = (tier: CacheTier) => until('the tier is connected', () => tier.unavailableReason === undefined);

async function connected(redis: TestRedis): Promise<CacheTier> {
  const tier = open(redis.url);
  await ready(tier);
  return tier;
}

describe.skipIf(isSkipped('redis-server'))(`a tier on a real Redis${skipNote('redis-server')}`, () => {
  test('keeps a text for as long as it is told, and says how long that still is', async () => {
    const redis = await redisWith();
    const tier = await connected(redis);
    expect(await tier.read('{key}')).toBeUndefined();
    await tier.write('{key}', '“text”', 60_000);
    const found = await tier.read('{key}');
    expect(found?.text).toBe('“text”');
    expect(found?.left).toBeGreaterThan(0);
    expect(found?.left).toBeLessThanOrEqual(60_000);
    await tier.remove('{key}');
    expect(await tier.read('{key}')).toBeUndefined();
    await tier.write('{key}', 'brief', 1);
    await expect.poll(() => tier.read('{key}')).toBeUndefined();
  });

  test('one of many has the lease, until it gives it back or its time is up', async () => {
    const redis = await redisWith();
    const tiers = await Promise.all([connected(redis), connected(redis), connected(redis)]);
    const claims = await Promise.all(tiers.map((tier, index) => tier.claim('{key}', `of ${index}`, 60_000)));
    expect(claims.filter(Boolean).length).toBe(1);
    await tiers[0]?.release('{key}', `of ${claims.indexOf(true)}`);
    expect(await tiers[1]?.claim('{key}', 'next', 1)).toBe(true);
    await expect.poll(() => tiers[2]?.claim('{key}', 'last', 60_000)).toBe(true);
  });

  test('a lease that has run out, and is another’s by now, is not ended by who had it before', async () => {
    const redis = await redisWith();
    const [late, next] = await Promise.all([connected(redis), connected(redis)]);
    expect(await late.claim('{key}', 'late', 1)).toBe(true);
    await expect.poll(() => next.claim('{key}', 'next', 60_000)).toBe(true);
    await late.release('{key}', 'late');
    expect(await late.claim('{key}', 'late again', 60_000)).toBe(false);
    await next.release('{key}', 'next');
    expect(await late.claim('{key}', 'late again', 60_000)).toBe(true);
  });

  test('a key and its lease are on one node of a cluster', async () => {
    const redis = await redisWith();
    const tier = await connected(redis);
    await tier.write('tributary:1:{abc}', 'text', 60_000);
    await tier.claim('tributary:1:{abc}', 'token', 60_000);
    const keys = [...(await redis.command('KEYS', '*')).matchAll(/tributary\S+/g)].map(([key]) => key);
    expect(keys.length).toBe(2);
    const slots = await redisWith(['--cluster-enabled', 'yes']);
    const of = await Promise.all(keys.map((key) => slots.command('CLUSTER', 'KEYSLOT', key)));
    expect(new Set(of).size).toBe(1);
  });

  test('nobody there: it says why, and comes once there is a server', async () => {
    const redis = await redisWith();
    const { port } = redis;
    await redis.kill();
    const tier = open(redis.url);
    await expect.poll(() => tier.unavailableReason).toContain('ECONNREFUSED');
    await expect(tier.read('{key}')).rejects.toThrow('ECONNREFUSED');
    await redisWith([], port);
    await ready(tier);
    expect(await tier.read('{key}')).toBeUndefined();
  });

  test('killed while it is used: what is under way rejects, and it comes back', async () => {
    const redis = await redisWith();
    const tier = await connected(redis);
    redis.freeze();
    const asked = Promise.allSettled([
      tier.read('{key}'),
      tier.write('{key}', 'text', 1_000),
      tier.claim('{key}', 'token', 9),
    ]);
    await redis.kill();
    expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(tier.unavailableReason).not.toBeUndefined();
    await redisWith([], redis.port);
    await ready(tier);
  });

  test('frozen: the connection is given up for another, which is there when the server goes on', async () => {
    const redis = await redisWith();
    const tier = await connected(redis);
    redis.freeze();
    const asked = tier.read('{key}').then(
      () => 'answered',
      () => 'rejected',
    );
    // Its own timeout would never end this: the command is sent already.
    expect(await asked).toBe('rejected');
    expect(tier.unavailableReason).not.toBeUndefined();
    redis.thaw();
    await ready(tier);
    await tier.write('{key}', 'text', 60_000);
    expect(await tier.read('{key}')).toMatchObject({ text: 'text' });
  });

  describe('what a server refuses', () => {
    test('a wrong password, and nothing tells it', async () => {
      const redis = await redisWith(['--requirepass', 'the-right-one']);
      const tier = open(redis.url.replace('redis://', 'redis://:a-wrong-one@'));
      await expect.poll(() => tier.unavailableReason).toContain('WRONGPASS');
      expect(tier.unavailableReason).not.toContain('a-wrong-one');
      const none = open(redis.url);
      await expect.poll(() => none.unavailableReason).toContain('NOAUTH');
      const right = open(redis.url.replace('redis://', 'redis://default:the-right-one@'));
      await ready(right);
      await right.write('{key}', 'text', 60_000);
    });

    test('a database of one’s own is one’s own', async () => {
      const redis = await redisWith();
      const [first, third] = [open(`${redis.url}/0`), open(`${redis.url}/3`)];
      await Promise.all([ready(first), ready(third)]);
      await first.write('{key}', 'text', 60_000);
      expect(await third.read('{key}')).toBeUndefined();
    });

    test('writes to a replica; what it has is read', async () => {
      const main = await redisWith(['--repl-diskless-sync-delay', '0']);
      const replica = await redisWith(['--replicaof', '127.0.0.1', String(main.port)]);
      const tier = await connected(main);
      await tier.write('{key}', 'text', 60_000);
      const reader = await connected(replica);
      await expect.poll(() => reader.read('{key}')).toMatchObject({ text: 'text' });
      await expect(reader.write('{key}', 'more', 60_000)).rejects.toThrow('READONLY');
      await expect(reader.claim('{key}', 'token', 1_000)).rejects.toThrow('READONLY');
    });

    test('writes where it is full; what it has is read', async () => {
      const redis = await redisWith(['--maxmemory-policy', 'noeviction']);
      const tier = await connected(redis);
      await tier.write('{key}', 'text', 60_000);
      await redis.command('CONFIG', 'SET', 'maxmemory', '1');
      await expect(tier.write('{more}', 'text', 60_000)).rejects.toThrow('OOM');
      expect(await tier.read('{key}')).toMatchObject({ text: 'text' });
    });

    test('a flush takes all of it', async () => {
      const redis = await redisWith();
      const tier = await connected(redis);
      await tier.write('{key}', 'text', 60_000);
      await redis.command('FLUSHALL');
      expect(await tier.read('{key}')).toBeUndefined();
    });
  });

  describe.skipIf(!hasOpenssl)('over TLS', () => {
    const before = getCACertificates('default');
    let authority: Authority;
    let port: number;
    let url: string;
    beforeAll(() => {
      authority = createAuthority();
    });
    afterAll(() => authority.remove());
    beforeEach(async () => {
      port = await freePort();
      url = `rediss://127.0.0.1:${port}`;
    });
    afterEach(() => setDefaultCACertificates(before));

    const overTls = (...args: string[]) => {
      const { cert, key } = authority.issue('redis');
      const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', authority.ca];
      return redisWith(
        ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...files, ...args],
        port,
      );
    };
    /** As NODE_EXTRA_CA_CERTS does at the start of a process. */
    const trust = () => setDefaultCACertificates([...before, readFileSync(authority.ca, 'utf8')]);

    test('a server whose authority is trusted, with a user and a password that are percent-encoded', async () => {
      const word = 'p@ss:w/rd%';
      const rules = ['~tributary:*', '+get', '+set', '+pttl', '+del', '+eval'];
      await overTls('--user', 'shop', 'on', `>${word}`, ...rules);
      trust();
      const tier = open(url.replace('rediss://', `rediss://shop:${encodeURIComponent(word)}@`));
      await ready(tier);
      await tier.write('tributary:1:{a}', 'text', 60_000);
      expect(await tier.read('tributary:1:{a}')).toMatchObject({ text: 'text' });
      expect(await tier.claim('tributary:1:{a}', 'token', 1_000)).toBe(true);
      await tier.release('tributary:1:{a}', 'token');
      expect(await tier.claim('tributary:1:{a}', 'token', 1_000)).toBe(true);
      await tier.remove('tributary:1:{a}');
      expect(await tier.read('tributary:1:{a}')).toBeUndefined();
    });

    test('a server that has a name is told it', async () => {
      const named: string[] = [];
      const { cert, key } = authority.issue('redis');
      const server = createServer({
        cert: readFileSync(cert),
        key: readFileSync(key),
        SNICallback: (name, done) => {
          named.push(name);
          done(null);
        },
      });
      server.on('tlsClientError', () => undefined);
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      const tier = open(url.replace('127.0.0.1', 'localhost'));
      await until('it has come', () => named.length > 0);
      tier.close();
      await new Promise((resolve) => server.close(resolve));
      expect(named[0]).toBe('localhost');
    });

    test('one that nobody vouches for is not spoken to, nor does it speak without TLS', async () => {
      await overTls();
      const tier = open(url);
      await expect.poll(() => tier.unavailableReason).toContain('certificate');
      const unencrypted = open(url.replace('rediss://', 'redis://'));
      await expect.poll(() => unencrypted.unavailableReason).not.toBe('not connected yet');
      expect(unencrypted.unavailableReason).not.toBeUndefined();
    });
  });
});
