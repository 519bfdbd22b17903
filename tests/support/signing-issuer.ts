import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';

export const AUDIENCE = 'urn:tributary:api';
export type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer that publishes its metadata and keys. */
interface SigningIssuer {
  readonly url: string;
  /** What it was asked for. */
  readonly asked: string[];
  keys: object[];
  metadata: () => object;
  /** It answers 500. */
  broken: boolean;
  /** How often it breaks the connection when it is asked for an address. */
  cuts: Record<string, number>;
}

export let ours: Pair;
export let foreign: Pair;
export let issuer: SigningIssuer;
let server: Server;

/** An issuer on a port of its own for the file that calls this, with one key, ours, at the beginning of each test. */
export function withIssuer(): void {
  beforeAll(async () => {
    [ours, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
    server = createServer(({ url: path = '', socket }, response) => {
      const { url, asked, cuts, keys, metadata, broken } = issuer;
      asked.push(path);
      const left = cuts[path] ?? 0;
      cuts[path] = left - 1;
      if (left > 0) socket.destroy();
      else if (broken) response.writeHead(500).end();
      else if (path === '/moved/.well-known/openid-configuration') {
        response.writeHead(302, { location: `${url}/.well-known/openid-configuration` }).end();
      } else response.end(JSON.stringify(path === '/jwks' ? { keys } : metadata()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    issuer = {
      url,
      asked: [],
      keys: [await published(ours, { kid: 'one', alg: 'ES256' })],
      metadata: () => ({ issuer: url, jwks_uri: `${url}/jwks` }),
      broken: false,
      cuts: {},
    };
  });
  afterEach(() => void vi.useRealTimers());
  afterAll(() => server.close());
}

/** A key as it is published. */
export const published = async ({ publicKey }: Pair, more: object): Promise<object> => ({
  ...(await exportJWK(publicKey)),
  use: 'sig',
  ...more,
});

/** In seconds, as tokens have it. */
export const now = (): number => Math.floor(Date.now() / 1_000);

export interface Forged {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly key?: Pair;
}

/** An access token for us; what is given stands in place of what it would have. */
export function tokenWith({ claims = {}, header = {}, key = ours }: Forged = {}): Promise<string> {
  const payload = { iss: issuer.url, sub: 'ada', aud: AUDIENCE, iat: now(), exp: now() + 60, ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'one', ...header })
    .sign(key.privateKey);
}
