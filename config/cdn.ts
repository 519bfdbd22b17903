import { z } from 'zod';
import type { CdnName } from '#kernel/cache/cdn/cdn-fields.ts';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { baseUrl, type ValuesOf, variable, visible } from './variable.ts';

/** The CDN in front of us, and how its API is asked to purge. */
export interface Cdn {
  readonly name: CdnName;
  /** The service or zone. */
  readonly id: string;
  readonly token: string;
  /** Ends in a slash. */
  readonly apiUrl: string;
}

export const CDN = {
  CDN: variable(z.enum(['fastly', 'cloudflare']), {
    about:
      'The CDN in front of us: it may store public answers for a while, and every purge reaches it (docs/instances.md). It wants CDN_ID and CDN_TOKEN.',
    form: 'fastly or cloudflare',
    example: 'fastly',
    otherwise: 'none: no cache between us and a browser may store anything',
  }),
  CDN_ID: variable(z.string().regex(/^[A-Za-z0-9]{1,64}$/), {
    about: 'The service at Fastly, or the zone at Cloudflare.',
    form: 'letters and digits',
    example: 'SU1Z0isxPaozGVKXdv0eY',
    otherwise: 'an error where CDN is set',
  }),
  CDN_TOKEN: variable(visible, {
    about: 'An API token that may purge there, and had better do nothing else.',
    form: 'visible characters',
    example: 'a-token-of-the-cdn',
    otherwise: 'an error where CDN is set',
  }),
  CDN_API_URL: variable(baseUrl, {
    about: 'Where the CDN’s API is, if a proxy stands before it.',
    form: 'an http(s) URL without credentials, query or fragment',
    example: 'https://egress.internal/fastly/',
    otherwise: 'the address that Fastly or Cloudflare publishes',
  }),
};

const API_URLS: Readonly<Record<CdnName, string>> = {
  fastly: 'https://api.fastly.com/',
  cloudflare: 'https://api.cloudflare.com/client/v4/',
};

/** Undefined without CDN. A CDN that can't be purged is an issue: it would show what is old. */
export function cdnOf(values: ValuesOf<typeof CDN>, issues: ConfigIssue[]): Cdn | undefined {
  const { CDN: name, CDN_ID: id, CDN_TOKEN: token } = values;
  if (name === undefined) return undefined;
  const missing = [...(id === undefined ? ['CDN_ID'] : []), ...(token === undefined ? ['CDN_TOKEN'] : [])];
  if (id === undefined || token === undefined) {
    issues.push(
      `CDN is ${name}, and ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set: without a purge it would show what is old.`,
    );
    return undefined;
  }
  return { name, id, token, apiUrl: values.CDN_API_URL ?? API_URLS[name] };
}
