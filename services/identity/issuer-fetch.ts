import ky, { isNetworkError } from 'ky';

const client = ky.create({
  timeout: false,
  throwHttpErrors: false,
  retry: { limit: 1, methods: ['get'], statusCodes: [], delay: () => 0 },
});

/**
 * Fetches metadata, keys and tokens of an issuer. A GET whose connection breaks is sent once more, because an issuer may
 * close a kept-alive connection at the moment we use it. The caller's signal bounds both. Rejects as `fetch` does.
 */
export async function issuerFetch(url: string, options: object): Promise<Response> {
  try {
    return await client(url, options);
  } catch (error) {
    throw isNetworkError(error) ? error.cause : error;
  }
}
