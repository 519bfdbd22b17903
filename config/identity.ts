import { z } from 'zod';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { MOCK_CLIENT_SECRET } from './secrets/published-secrets.ts';
import { exampleOf } from './secrets/secrets.ts';
import { httpUrl, type ValuesOf, variable } from './variable.ts';

/** Where customers sign in. */
export interface Identity {
  /** The issuer. */
  readonly url: string;
  readonly mocked: boolean;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly audience: string;
  readonly trusted: readonly { readonly issuer: string; readonly audience: string | undefined }[];
}

/** As it is written: tokens carry it, and are compared with it, to the last slash (OpenID Connect Core §2). */
const issuer = z.string().refine((text) => httpUrl.safeParse(text).success && !/[?#\s]/.test(text));

const issuers = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim().split(/\s+/)))
  .pipe(z.array(z.tuple([issuer, z.string()]).or(z.tuple([issuer]))))
  .transform((entries) => entries.map(([url, audience]) => ({ issuer: url, audience })));

/** Who signs users in, and whose tokens are taken. */
export const IDENTITY = {
  IDENTITY_URL: variable(issuer, {
    about: 'The issuer at which customers sign in: any OpenID Provider. To the last slash as its metadata has it.',
    form: 'the http(s) URL of an issuer',
    example: 'https://login.example.com',
    otherwise: 'the mock provider',
  }),
  IDENTITY_CLIENT_ID: variable(z.string().min(1), {
    about: 'Who we are to the issuer.',
    form: 'a client id',
    example: 'tributary-web',
    otherwise: 'the mock provider’s client',
  }),
  IDENTITY_CLIENT_SECRET: variable(z.string().min(1), {
    about: 'The secret of our client at the issuer.',
    form: 'a client secret',
    example: 'a-long-random-text',
    otherwise: 'the mock provider’s',
  }),
  IDENTITY_AUDIENCE: variable(z.string().min(1), {
    about: 'What the issuer’s access tokens must name as their audience.',
    form: 'an audience',
    example: 'https://api.example.com',
    otherwise: 'urn:tributary:api',
  }),
  TRUSTED_ISSUERS: variable(issuers, {
    about:
      'More issuers whose bearer tokens are taken, with the audience where they set one: `issuer audience`, commas between. Without it, a token that names an audience is refused.',
    form: 'URLs of issuers, each with its audience behind a space where it has one, commas between',
    example: 'https://clerk.example.com,https://example.auth0.com/ https://api.example.com',
    otherwise: 'none',
  }),
};

/** The mock provider stands in for one that is not named, where mocks may. */
export function identityOf(
  values: ValuesOf<typeof IDENTITY>,
  mocksPort: number,
  mayMock: boolean,
  issues: ConfigIssue[],
): Identity {
  const mocked = values.IDENTITY_URL === undefined;
  const needed = mocked && mayMock ? [] : (['IDENTITY_URL', 'IDENTITY_CLIENT_ID', 'IDENTITY_CLIENT_SECRET'] as const);
  for (const name of needed) {
    if (values[name] === undefined)
      issues.push(`${name} is not set, and no mock stands in. ${exampleOf(name, IDENTITY)}`);
  }
  return {
    url: values.IDENTITY_URL ?? `http://127.0.0.1:${mocksPort}/identity`,
    mocked,
    clientId: values.IDENTITY_CLIENT_ID ?? 'tributary-web',
    clientSecret: values.IDENTITY_CLIENT_SECRET ?? MOCK_CLIENT_SECRET,
    audience: values.IDENTITY_AUDIENCE ?? 'urn:tributary:api',
    trusted: values.TRUSTED_ISSUERS ?? [],
  };
}

/** Listed twice, an issuer's tokens would be checked by the laxer of two settings. */
export function doubledIssuers({ url, trusted }: Identity): ConfigIssue[] {
  const issuers = new Map([[sameIssuer(url), 'IDENTITY_URL']]);
  return trusted.flatMap(({ issuer }) => {
    const before = issuers.get(sameIssuer(issuer));
    issuers.set(sameIssuer(issuer), before ?? 'TRUSTED_ISSUERS');
    if (before === undefined) return [];
    const where = before === 'IDENTITY_URL' ? 'is IDENTITY_URL already' : 'is there twice';
    return [
      `TRUSTED_ISSUERS names ${issuer}, which ${where}: name each issuer once. ${exampleOf('TRUSTED_ISSUERS', IDENTITY)}`,
    ];
  });
}

/** However it is written: with slashes at its end or none, with the port that goes without saying. */
function sameIssuer(issuer: string): string {
  const { href } = new URL(issuer);
  let end = href.length;
  while (href[end - 1] === '/') end--;
  return href.slice(0, end);
}
