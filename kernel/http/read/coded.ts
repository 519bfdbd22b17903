import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { type CachedResponse, type ResponseCache, storeResponse } from '#kernel/cache/cached-response.ts';
import { encoded } from '#kernel/http/response/representation.ts';

/** Below this, coding saves nothing worth a header. */
const SMALLEST = 1_024;
const SECOND_HIT = 2;
const BROTLI_QUALITY = 9;
const GZIP_LEVEL = 9;

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/** Whether the coded forms are made at this hit: not at the first, since most answers are not asked for again. */
export function wantsCodedForms(response: CachedResponse): boolean {
  return ++response.hits === SECOND_HIT && response.identity.bytes.length >= SMALLEST;
}

/** Makes the coded forms, on the thread pool; made once and sent often, so at high quality. */
export async function makeCodedForms(cache: ResponseCache, key: string, response: CachedResponse): Promise<void> {
  const { identity } = response;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: identity.bytes.length,
  };
  const [br, zipped] = await Promise.all([
    compressBrotli(identity.bytes, { params }),
    compressGzip(identity.bytes, { level: GZIP_LEVEL }),
  ]);
  response.br = encoded(identity, 'br', br);
  response.gzip = encoded(identity, 'gzip', zipped);
  if (cache.peek(key) === response) storeResponse(cache, key, response);
}
