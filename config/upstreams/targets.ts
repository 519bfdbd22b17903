import { z } from 'zod';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { UPSTREAMS, type UpstreamName } from '#schemas/upstream/scenario.ts';
import { exampleOf } from '../secrets/secrets.ts';
import { baseUrl, isSet, port, type Source, type ValuesOf, type Variables, variable, visible } from '../variable.ts';
import type { CredentialSpecs } from './credentials.ts';
import { type UpstreamCredential, upstreamCredential } from './upstream-credential.ts';

/** Where an upstream is, and whether a mock stands in for it. */
interface UpstreamTarget {
  /** Ends in a slash. */
  readonly url: string;
  readonly mocked: boolean;
  /** How it is told who we are, secrets and all. */
  readonly credential?: UpstreamCredential;
  readonly origin: 'default' | 'env';
}

export type UpstreamTargets = Readonly<Record<UpstreamName, UpstreamTarget>>;

const mocks = z
  .string()
  .transform((text) => (text === 'on' || text === 'off' ? text : text.split(',').map((name) => name.trim())))
  .pipe(z.union([z.enum(['on', 'off']), z.array(z.enum(UPSTREAMS))]));

const upstreamNames = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(UPSTREAMS)));

const urlOf = (name: UpstreamName) =>
  variable(baseUrl, {
    about: `Base URL of the ${name} upstream.`,
    form: 'an http(s) URL without credentials, query or fragment',
    example: `https://${name}.internal/v1/`,
    otherwise: 'its mock',
  });

/** Where the upstreams are. */
export const UPSTREAM_VARIABLES = {
  MOCKS_PORT: variable(port, {
    about: 'The port that the mock upstreams listen on.',
    form: 'a port, a whole number from 1 to 65535',
    example: '4100',
    otherwise: '4000',
  }),
  MOCKS: variable(mocks, {
    about: `Which upstreams without a URL are mocked: on (all), off (none), or some of ${UPSTREAMS.join(',')}.`,
    form: `on, off, or some of ${UPSTREAMS.join(',')}`,
    example: 'reviews,content',
    otherwise: 'on where PUBLIC_URL is this machine, off elsewhere',
  }),
  CATALOG_URL: urlOf('catalog'),
  PRICING_URL: urlOf('pricing'),
  INVENTORY_URL: urlOf('inventory'),
  REVIEWS_URL: urlOf('reviews'),
  RECOMMENDATIONS_URL: urlOf('recommendations'),
  CONTENT_URL: urlOf('content'),
  CART_URL: urlOf('cart'),
  ORDERS_URL: urlOf('orders'),
  CUSTOMERS_URL: urlOf('customers'),
  SHIPPING_URL: urlOf('shipping'),
  PAYMENTS_URL: urlOf('payments'),
  SUPPORT_URL: urlOf('support'),
  STRIPE_PUBLISHABLE_KEY: variable(visible, {
    about: 'The key with which Stripe.js speaks for us in a browser.',
    form: 'a key without spaces',
    example: 'pk_live_a-public-key',
    otherwise: 'none: browsers pay on the mock’s own page',
  }),
  PLAIN_HTTP: variable(upstreamNames, {
    about:
      'Upstreams that may be asked over plain http though PUBLIC_URL is not this machine: the network to them is ours alone, since users’ tokens and our keys go over it.',
    form: `some of ${UPSTREAMS.join(',')}`,
    example: 'catalog,pricing',
    otherwise: 'none: https, but on this machine',
  }),
};

export const urlVariable = (name: UpstreamName) => `${name.toUpperCase() as Uppercase<UpstreamName>}_URL` as const;

interface Given {
  readonly source: Source;
  readonly values: ValuesOf<typeof UPSTREAM_VARIABLES>;
  readonly credentials: CredentialSpecs;
  /** All of them, those of the credentials too. */
  readonly variables: Variables;
  readonly publicUrl: string;
  readonly mocksPort: number;
  readonly mocks: 'on' | 'off' | readonly UpstreamName[];
}

/** Where each upstream is, and what it is told; what is missing is added to `issues`. */
export function upstreamsOf(given: Given, issues: ConfigIssue[]): UpstreamTargets {
  const targets = UPSTREAMS.map((name) => {
    const target = targetOf(name, given, issues);
    const credential = credentialOf(name, target.mocked, given, issues);
    return [name, credential === undefined ? target : { ...target, credential }] as const;
  });
  return Object.fromEntries(targets) as UpstreamTargets;
}

function targetOf(name: UpstreamName, given: Given, issues: ConfigIssue[]): UpstreamTarget {
  const { source, values, mocks, publicUrl } = given;
  const variable = urlVariable(name);
  const url = values[variable];
  const named = Array.isArray(mocks) && mocks.includes(name);
  if (url !== undefined) {
    if (named) issues.push(`MOCKS names ${name}, but ${variable} is set: drop one of them. Example: ${variable}=`);
    return { url, mocked: false, origin: 'env' };
  }
  if (mocks !== 'on' && !named && !isSet(source, variable)) {
    const why = source.MOCKS ? `MOCKS=${source.MOCKS}` : `PUBLIC_URL is ${publicUrl}, not this machine`;
    issues.push(`${variable} is not set, and no mock stands in: ${why}. ${exampleOf(variable, UPSTREAM_VARIABLES)}`);
  }
  return { url: `http://127.0.0.1:${given.mocksPort}/${name}/`, mocked: true, origin: 'default' };
}

function credentialOf(
  name: UpstreamName,
  mocked: boolean,
  { source, values, credentials, variables }: Given,
  issues: ConfigIssue[],
): UpstreamCredential | undefined {
  const spec = credentials[name];
  if (spec === undefined) return undefined;
  return upstreamCredential(name, spec, mocked, {
    text: (variable) => (values as Readonly<Record<string, string | undefined>>)[variable],
    complain: (issue) => issues.push(issue),
    miss: (variable) => {
      const why = `${variable} is not set, and ${urlVariable(name)} is live.`;
      // A value that is wrong was complained about already.
      if (!isSet(source, variable)) issues.push(`${why} ${exampleOf(variable, variables)}`);
    },
  });
}
