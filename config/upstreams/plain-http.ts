import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { UPSTREAMS } from '#schemas/upstream/scenario.ts';
import type { Identity } from '../identity.ts';
import { isLoopback } from '../public-origin.ts';
import type { ValuesOf } from '../variable.ts';
import { type UPSTREAM_VARIABLES, type UpstreamTargets, urlVariable } from './targets.ts';

const isPlain = (url: string) => url.startsWith('http:') && !isLoopback(url);

interface Urls {
  readonly publicUrl: string;
  readonly identity: Identity;
  readonly upstreams: UpstreamTargets;
  readonly cdnApiUrl: string | undefined;
}

/** What goes over a network in plain text can be read and changed there: cookies, tokens, the keys that tokens are checked with. */
export function unencrypted({ publicUrl, identity, upstreams, cdnApiUrl }: Urls): ConfigIssue[] {
  const named: readonly (readonly [name: string, url: string])[] = [
    ['PUBLIC_URL', publicUrl],
    ['IDENTITY_URL', identity.url],
    ...(cdnApiUrl === undefined ? [] : [['CDN_API_URL', cdnApiUrl] as const]),
    ...Object.entries(upstreams).flatMap(([name, { credential }]) =>
      credential?.token ? [[`${name.toUpperCase()}_TOKEN_URL`, credential.token.url] as const] : [],
    ),
    ...identity.trusted.map(({ issuer }) => ['TRUSTED_ISSUERS', issuer] as const),
  ];
  return named
    .filter(([, url]) => isPlain(url))
    .map(([name, url]) => `${name} is ${url}: anything but this machine needs https.`);
}

/**
 * Users' tokens and our own keys go to upstreams: over plain http only if the configuration says that the network is
 * ours.
 */
export function plainUpstreams(
  upstreams: UpstreamTargets,
  { PLAIN_HTTP: ours = [] }: ValuesOf<typeof UPSTREAM_VARIABLES>,
): ConfigIssue[] {
  return UPSTREAMS.filter((name) => isPlain(upstreams[name].url) && !ours.includes(name)).map(
    (name) =>
      `${urlVariable(name)} is ${upstreams[name].url}: users’ tokens and our keys need https, or PLAIN_HTTP must name ${name} because the network in between is trusted. Example: PLAIN_HTTP=${name}`,
  );
}
