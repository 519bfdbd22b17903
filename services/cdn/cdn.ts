import type { Cdn } from '#config/cdn.ts';
import { type CdnPurge, cdnError } from './cdn-purge.ts';

/** The CDN of this environment. */
export function cdnPurge(cdn: Cdn): CdnPurge {
  return cdn.name === 'fastly' ? fastly(cdn) : cloudflare(cdn);
}

/** https://www.fastly.com/documentation/reference/api/purging/#bulk-purge-tag: at most 256 keys a call. */
function fastly({ name, id, token, apiUrl }: Cdn): CdnPurge {
  return {
    name,
    maxKeys: 256,
    purge: async (keys, signal) => {
      const body = { surrogate_keys: keys };
      await post(`${apiUrl}service/${id}/purge`, { 'Fastly-Key': token }, body, signal);
    },
  };
}

/** https://developers.cloudflare.com/api/resources/cache/methods/purge/: at most 100 tags a call. */
function cloudflare({ name, id, token, apiUrl }: Cdn): CdnPurge {
  return {
    name,
    maxKeys: 100,
    purge: async (keys, signal) => {
      const url = `${apiUrl}zones/${id}/purge_cache`;
      const text = await post(url, { Authorization: `Bearer ${token}` }, { tags: keys }, signal);
      // It may say in a 200 that it has done nothing.
      if (!/"success"\s*:\s*true/.test(text))
        throw cdnError('Cloudflare has not purged: its answer has no "success": true');
    },
  };
}

/** Bytes of an answer that are read: it says done, or why not. */
const MAX_ANSWER = 64 * 1024;

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  signal: AbortSignal,
): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal,
  });
  const text = await readSome(answer);
  if (answer.ok) return text;
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  throw cdnError(
    `The CDN's API answered ${answer.status}${ADVICE[answer.status] ?? ''}`,
    Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  );
}

const ADVICE: Readonly<Record<number, string>> = {
  401: ': CDN_TOKEN is not taken',
  403: ': CDN_TOKEN may not purge CDN_ID',
  404: ': it knows no CDN_ID',
  429: ': we ask too often',
};

async function readSome(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > MAX_ANSWER) break;
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
