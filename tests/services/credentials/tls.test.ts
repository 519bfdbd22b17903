import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readEnv } from '#config/env.ts';
import { upstreamsOf } from '#host/upstreams.ts';
import { operation } from '#kernel/contract/operation.ts';
import { required } from '#kernel/flow/section.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { type Authority, createAuthority, hasOpenssl } from '#tests/support/certificates.ts';
import { startEngine } from '#tests/support/engine.ts';
import { UNHURRIED } from '#tests/support/patience.ts';

const Seen = z.object({ peer: z.string() });
/** One exchange a connection would be no test of rotation where sockets were kept: the server closes each. */
const http = upstream('catalog', { timeout: 2_000, attempts: 1, parallel: 4 });
const getPeer = operation(
  {
    id: 'getPeer',
    route: 'GET /api/peers/{id}',
    summary: '',
    audience: 'public',
    input: z.object({ id: z.string() }),
    example: { id: '1' },
    output: z.object({ seen: Seen }),
    deadline: 4_000,
  },
  ({ id }, { all }) => all({ seen: required(http.get(path`peers/${id}`, Seen)) }, ({ seen }) => ({ seen })),
);

// Fails where CI has no openssl: there it would be missed by nobody.
describe.skipIf(!hasOpenssl && !process.env.CI)('our certificate at an upstream (needs openssl)', () => {
  let authority: Authority;
  let server: Server;
  let own: { readonly cert: string; readonly key: string };

  beforeAll(async () => {
    authority = createAuthority();
    const { cert, key } = authority.issue('upstream');
    const files = { cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(authority.ca) };
    server = createServer({ ...files, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify({ peer: subject?.CN }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    authority.remove();
  });
  beforeEach(() => {
    own = authority.issue('tributary');
  });
  afterEach(() => {
    for (const file of Object.values(own)) rmSync(file);
  });

  const given = (more: Record<string, string> = {}) => ({
    CATALOG_URL: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    CATALOG_TLS_CERT_FILE: own.cert,
    CATALOG_TLS_KEY_FILE: own.key,
    CATALOG_TLS_CA_FILE: authority.ca,
    ...more,
  });
  const begin = (more?: Record<string, string>) => {
    const env = readEnv(given(more), { catalog: { mutualTls: true } });
    return startEngine({}, [getPeer], { upstreams: upstreamsOf({ ...env, deadlineScale: UNHURRIED }, () => {}) });
  };
  const peer = async (shop: ReturnType<typeof begin>) => {
    const { status, json } = await shop.ask('/api/peers/1');
    return status === 200 ? (json.seen as { peer: string }).peer : status;
  };

  test('says who we are', async () => {
    expect(await peer(begin())).toBe('tributary');
  });

  test('that is replaced is shown by the next connection, without a restart', async () => {
    const shop = begin();
    expect(await peer(shop)).toBe('tributary');
    authority.replace(own, authority.issue('renewed'));
    expect(await peer(shop)).toBe('renewed');
  });

  test('that is away for a moment is the one that was read before', async () => {
    const shop = begin();
    expect(await peer(shop)).toBe('tributary');
    const { cert, key } = authority.issue('renewed');
    rmSync(own.cert);
    expect(await peer(shop)).toBe('tributary');
    authority.replace(own, { cert, key });
    expect(await peer(shop)).toBe('renewed');
  });

  test('is not enough where the upstream’s is of no issuer whom we trust', async () => {
    expect(await peer(begin({ CATALOG_TLS_CA_FILE: '' }))).toBe(502);
  });

  test('that does not go with its key is reported at the start, and by its name', () => {
    const other = authority.issue('other');
    expect(() => begin({ CATALOG_TLS_KEY_FILE: other.key })).toThrow(
      /CATALOG_TLS_CERT_FILE, CATALOG_TLS_KEY_FILE and CATALOG_TLS_CA_FILE don’t make a TLS client: .*mismatch/,
    );
    expect(() => begin({ CATALOG_TLS_CERT_FILE: '/nowhere.pem' })).toThrow(/CATALOG_TLS_CERT_FILE=.* is not a file/);
    expect(() => begin({ CATALOG_TLS_KEY_FILE: '' })).toThrow(/CATALOG_TLS_KEY_FILE is not set/);
  });
});
