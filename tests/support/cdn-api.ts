import { startUpstream, type TestUpstream } from './upstream.ts';

/** The purging half of a CDN's API, as a real server: it takes what the real one takes, and nothing else. */
export interface CdnApi extends TestUpstream {
  /** The keys of every call that it has taken, in their order. */
  readonly taken: (readonly string[])[];
  /** Set while it fails: the status of its answers. */
  failing: number | undefined;
}

const FORMS = {
  fastly: {
    path: '/service/sv1/purge',
    header: 'fastly-key',
    secret: 'a-token-of-the-cdn',
    field: 'surrogate_keys',
    limit: 256,
    answer: { key: 'id' },
  },
  cloudflare: {
    path: '/zones/sv1/purge_cache',
    header: 'authorization',
    secret: 'Bearer a-token-of-the-cdn',
    field: 'tags',
    limit: 100,
    answer: { success: true, errors: [], messages: [], result: { id: 'sv1' } },
  },
} as const;

/** The variables with which a host purges at `api`. */
export const withCdn = (name: keyof typeof FORMS, { url }: CdnApi): Record<string, string> => ({
  CDN: name,
  CDN_ID: 'sv1',
  CDN_TOKEN: 'a-token-of-the-cdn',
  CDN_API_URL: url,
});

export async function startCdnApi(name: keyof typeof FORMS): Promise<CdnApi> {
  const { path, header, secret, field, limit, answer } = FORMS[name];
  const upstream = await startUpstream();
  const api: CdnApi = Object.assign(upstream, { taken: [], failing: undefined });
  upstream.otherwise = (response, seen) => {
    const say = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (seen.method !== 'POST' || seen.path !== path) return void say(404, {});
    if (seen.headers[header] !== secret) return void say(401, {});
    if (api.failing !== undefined) return void say(api.failing, {});
    const keys = (JSON.parse(seen.body) as Record<string, unknown>)[field];
    if (!Array.isArray(keys) || keys.length === 0 || keys.length > limit) return void say(400, {});
    (api.taken as string[][]).push(keys as string[]);
    return void say(200, answer);
  };
  return api;
}
