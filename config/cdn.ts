import type { CdnName } from '#kernel/cache/cdn/cdn-fields.ts';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';

/** The CDN in front of us, and how its API is asked to purge. */
export interface Cdn {
  readonly name: CdnName;
  /** The service or zone. */
  readonly id: string;
  readonly token: string;
  /** Ends in a slash. */
  readonly apiUrl: string;
}

interface Values {
  readonly CDN?: CdnName | undefined;
  readonly CDN_ID?: string | undefined;
  readonly CDN_TOKEN?: string | undefined;
  readonly CDN_API_URL?: string | undefined;
}

const API_URLS: Readonly<Record<CdnName, string>> = {
  fastly: 'https://api.fastly.com/',
  cloudflare: 'https://api.cloudflare.com/client/v4/',
};

/** Undefined without CDN. A CDN that can't be purged is an issue: it would show what is old. */
export function cdnOf(values: Values, issues: ConfigIssue[]): Cdn | undefined {
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
