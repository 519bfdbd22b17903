import { z } from 'zod';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { isLoopback } from './public-origin.ts';
import { exampleOf } from './secrets/secrets.ts';
import { type ValuesOf, variable, wholeNumber } from './variable.ts';

/** The database that all instances share. */
export interface SharedState {
  readonly url: string;
  readonly connections: number;
  readonly connectTimeout: number;
  readonly statementTimeout: number;
  /** How many instances there are. */
  readonly instances: number;
}

const keys = z
  .string()
  .transform((text) => text.split(',').map((key) => Buffer.from(key.trim(), 'base64url')))
  .refine((all) => all.every((key) => key.length === 32));

/** The name of the database goes without saying nowhere; a password in the query would be shown. */
const postgresUrl = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol)) return false;
  return url.hostname !== '' && url.pathname.length > 1 && !url.searchParams.has('password');
});

const redisUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol))
  .refine((text) => {
    const { hostname, pathname, search, hash } = new URL(text);
    return hostname !== '' && /^(?:\/\d{0,4})?$/.test(pathname) && search === '' && hash === '';
  });

/** What we store, and what instances share. */
export const SHARED_STATE = {
  STATE_KEYS: variable(keys, {
    about: 'Keys that seal secrets at rest, 32 bytes in base64url each, commas between: the first seals, all open.',
    form: 'keys of 32 bytes in base64url, commas between',
    example: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAwMDA',
    otherwise:
      'made once and kept in DATA_DIR where PUBLIC_URL is this machine and STATE_URL is not set, else an error',
  }),
  STATE_URL: variable(postgresUrl, {
    about:
      'The Postgres (15 or newer) that keeps sessions, inbox, idempotency, events, purges and rate limits for all instances. Its schema `tributary` is made and moved forward by the first that starts. TLS by `?sslmode=verify-full`.',
    form: 'a postgres:// URL with the name of a database, and without a password in its query',
    example: 'postgres://tributary:secret@db.internal:5432/tributary',
    otherwise: 'a SQLite file in DATA_DIR, for one machine',
  }),
  STATE_CONNECTIONS: variable(wholeNumber(1, 100), {
    about: 'Connections of one instance to STATE_URL at most, besides one that listens and one that reads streams.',
    form: 'a whole number from 1 to 100',
    example: '20',
    otherwise: '10',
  }),
  STATE_CONNECT_TIMEOUT: variable(wholeNumber(50, 60_000), {
    about: 'Milliseconds that a call waits for a connection to STATE_URL; DEADLINE_SCALE stretches it.',
    form: 'a whole number of milliseconds from 50 to 60000',
    example: '500',
    otherwise: '800',
  }),
  STATE_STATEMENT_TIMEOUT: variable(wholeNumber(50, 60_000), {
    about: 'Milliseconds that one statement at STATE_URL may take; DEADLINE_SCALE stretches it.',
    form: 'a whole number of milliseconds from 50 to 60000',
    example: '1500',
    otherwise: '1000',
  }),
  INSTANCES: variable(wholeNumber(1, 999), {
    about:
      'How many instances share STATE_URL: while it is away, each gives this share of every rate limit. Of one alone it means nothing.',
    form: 'a whole number from 1 to 999',
    example: '3',
    otherwise: '1',
  }),
  CACHE_URL: variable(redisUrl, {
    about:
      'A Redis or Valkey that instances share as a second cache of what upstreams answer; rediss:// is over TLS. It may be away at any time, and needs one state for all instances (docs/instances.md).',
    form: 'redis[s]://[user:password@]host[:port][/database]',
    example: 'rediss://shop:a-password@cache.internal:6379/0',
    otherwise: 'none: each process has its own cache alone',
  }),
};

type Values = ValuesOf<typeof SHARED_STATE>;

/** Undefined where the state is a file of this machine. `scale` stretches its times. */
export function sharedStateOf(values: Values, scale: number): SharedState | undefined {
  if (values.STATE_URL === undefined) return undefined;
  return {
    url: values.STATE_URL,
    connections: values.STATE_CONNECTIONS ?? 10,
    connectTimeout: (values.STATE_CONNECT_TIMEOUT ?? 800) * scale,
    statementTimeout: (values.STATE_STATEMENT_TIMEOUT ?? 1_000) * scale,
    instances: values.INSTANCES ?? 1,
  };
}

/** Keys are made only for a file of this machine. */
export function missingKeys({ STATE_KEYS: keys, STATE_URL: url }: Values, publicUrl: string): ConfigIssue[] {
  if (keys !== undefined) return [];
  const example = exampleOf('STATE_KEYS', SHARED_STATE);
  if (!isLoopback(publicUrl))
    return [`STATE_KEYS is not set, and PUBLIC_URL is ${publicUrl}, not this machine. ${example}`];
  if (url === undefined) return [];
  return [
    `STATE_KEYS is not set, and STATE_URL is: all instances need the same keys, or none can open what another has sealed. ${example}`,
  ];
}
