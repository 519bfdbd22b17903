import { z } from 'zod';
import { httpUrl, port, type ValuesOf, variable, wholeNumber } from './variable.ts';

const origin = httpUrl.refine((url) => url.href === `${url.origin}/`).transform((url) => url.origin);

/** Where this process listens, how it starts and ends, and what it writes. */
export const SERVER = {
  PORT: variable(port, {
    about: 'The port that the shop and the API listen on.',
    form: 'a port, a whole number from 1 to 65535',
    example: '8080',
    otherwise: '3000',
  }),
  HOST: variable(z.string().regex(/^[\w.:-]+$/), {
    about: 'The address to listen on; 0.0.0.0 is every IPv4 interface.',
    form: 'a host name or an IP address',
    example: '0.0.0.0',
    otherwise: '127.0.0.1',
  }),
  WORKERS: variable(wholeNumber(1, 256), {
    about:
      'How many processes serve the port of the lean host, each on a core of its own. SIGHUP replaces them one by one. Each has its own first cache; limits are counted for all of them.',
    form: 'a whole number from 1 to 256',
    example: '4',
    otherwise: '1 where PUBLIC_URL is this machine, elsewhere as many as there are cores',
  }),
  // `localhost` and not 127.0.0.1: browsers store Secure cookies for it over http, and identity providers accept it.
  PUBLIC_URL: variable(origin, {
    about: 'Our own origin as browsers see it. Links, redirects and origin checks use it, never a request header.',
    form: 'an origin: http(s)://host[:port] and nothing after it',
    example: 'https://shop.example.com',
    otherwise: 'http://localhost:PORT',
  }),
  TRUSTED_PROXIES: variable(z.string().regex(/^\d$/).transform(Number), {
    about:
      'How many proxies stand before us, so how many entries of X-Forwarded-For are believed. Too low, and all visitors share the limits of one; where a proxy does not write the field, they choose their address (docs/hosts.md).',
    form: 'a whole number from 0 to 9',
    example: '1',
    otherwise: '0',
  }),
  SOCKETS_PER_ADDRESS: variable(
    z
      .string()
      .regex(/^(?:off|[1-9]\d{0,4})$/)
      .transform((text) => (text === 'off' ? text : Number(text))),
    {
      about: 'How many connections one address may have at a time, on the lean host; of IPv6, one /64.',
      form: 'off, or a whole number from 1 to 99999',
      example: '200',
      otherwise: '1000 without TRUSTED_PROXIES; behind proxies, whose addresses are all that is seen, off',
    },
  ),
  DRAIN_NOTICE: variable(
    z
      .string()
      .regex(/^(?:[0-5]?\d|60)$/)
      .transform(Number),
    {
      about:
        'Seconds in which a server that is told to end still takes what comes, while readiness says 503: as long as who balances load needs to notice.',
      form: 'a whole number of seconds from 0 to 60',
      example: '10',
      otherwise: '0 where PUBLIC_URL is this machine, 7 elsewhere',
    },
  ),
  DRAIN_PATIENCE: variable(
    z
      .string()
      .regex(/^[1-9]\d{0,2}$/)
      .transform(Number),
    {
      about:
        'Seconds that what is under way then has to finish. Both together, and 6 more, are to be less than what kills the server at last: Kubernetes after 30.',
      form: 'a whole number of seconds from 1 to 999',
      example: '60',
      otherwise: '20',
    },
  ),
  WARM_UP: variable(
    z
      .string()
      .regex(/^[0-5]?\d$/)
      .transform(Number),
    {
      about:
        'Seconds at most that a server which starts asks itself for its public reads, until its code is compiled and its caches hold them; readiness waits for it.',
      form: 'a whole number of seconds from 0 to 59; 0 for none of it; then Next too is loaded for the first page that is asked for',
      example: '10',
      otherwise: '5',
    },
  ),
  DEADLINE_SCALE: variable(
    z
      .string()
      .regex(/^[1-9]\d?$/)
      .transform(Number),
    {
      about:
        'What every deadline and timeout of answers and calls is multiplied by (connecting has 500 ms, always), and how late the process may be before it refuses work: for machines that are slow or shared, and for tests that are not about time. Clients then wait as much longer for what hangs.',
      form: 'a whole number from 1 to 99',
      example: '10',
      otherwise: '1',
    },
  ),
  DATA_DIR: variable(z.string(), {
    about: 'The folder for what the server keeps.',
    form: 'a folder',
    example: '/var/lib/tributary',
    otherwise: '.data',
  }),
  LOG_LEVEL: variable(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), {
    about: 'The least severe log line that is written.',
    form: 'trace, debug, info, warn, error, fatal or silent',
    example: 'warn',
    otherwise: 'info',
  }),
  NODE_ENV: variable(z.enum(['development', 'production', 'test']), {
    about: 'development where code changes under a running process. `npm run dev` sets it by itself.',
    form: 'development, production or test',
    example: 'production',
    otherwise: 'production',
  }),
};

const SOCKETS_PER_ADDRESS = 1_000;

/** Behind proxies a connection is a proxy's. */
export function socketsOf({
  SOCKETS_PER_ADDRESS: wished,
  TRUSTED_PROXIES: proxies = 0,
}: ValuesOf<typeof SERVER>): number | undefined {
  if (wished === undefined) return proxies > 0 ? undefined : SOCKETS_PER_ADDRESS;
  return wished === 'off' ? undefined : wished;
}
