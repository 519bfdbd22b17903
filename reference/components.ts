import { MAX_KEY_LENGTH } from '#kernel/http/write/idempotency-key.ts';
import { type Json, refTo } from './json.ts';

const text = { type: 'string' };
const open = (...words: string[]): Json => ({ ...text, 'x-extensible-enum': words });

const Problem: Json = {
  type: 'object',
  description: 'RFC 9457, with the code that `type` ends in and the fields that are to blame.',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { ...text, format: 'uri', description: 'A page that says what it means and what to do.' },
    title: text,
    status: { type: 'integer' },
    detail: text,
    instance: {
      ...text,
      format: 'uri-reference',
      description: 'This occurrence of it: a page with what we know of the request.',
    },
    code: { ...text, description: 'For programs: the last part of `type`. Codes are only ever added.' },
    requestId: { ...text, description: 'For people: what to tell us of it.' },
    errors: { type: 'array', items: refTo('schemas', 'FieldError') },
    errorsLeftOut: { type: 'integer', description: 'How many more there are than `errors` lists.' },
  },
};

const FieldError: Json = {
  type: 'object',
  required: ['in', 'path', 'message', 'code'],
  properties: {
    in: open('path', 'query', 'header', 'body'),
    path: { ...text, description: 'With dots: `address.lines.0`; empty for the whole.' },
    message: text,
    code: text,
  },
};

const Meta: Json = {
  type: 'object',
  description:
    'How whole the answer is; absent where nothing could be missing. `sections` lists only what is not as it should be, by path.',
  required: ['complete', 'sections'],
  properties: {
    complete: { type: 'boolean' },
    sections: { type: 'object', additionalProperties: refTo('schemas', 'SectionStatus') },
  },
};

const SectionStatus: Json = {
  type: 'object',
  required: ['state'],
  properties: {
    state: open('pending', 'stale', 'fallback', 'missing'),
    reason: open('timeout', 'unavailable', 'open', 'contract', 'not-found', 'shed', 'busy'),
    since: { ...text, format: 'date-time' },
  },
};

const header = (description: string, example: unknown, type = 'string'): Json => ({
  description,
  schema: { type },
  example,
});

export const HEADERS = {
  ETag: header('The version of the answer; If-None-Match asks for another one only (RFC 9110 §8.8.3)', '"k3vX0yQ2"'),
  CacheControl: header('What may be kept, and by whom (RFC 9111)', 'public, no-cache'),
  CacheStatus: header('Whether we had it (RFC 9211)', 'tributary; hit'),
  ServerTiming: header('What each section took, in milliseconds, where it was composed', 'price;dur=12.3;desc="miss"'),
  SectionStatus: header(
    'The sections that are not as they should be, as in `meta.sections` (an RFC 9651 dictionary)',
    'rating=missing;reason=timeout',
  ),
  RequestId: header('What we call this request: the one that was sent, else one of ours', '4f1d2c9a7b30-1'),
  RateLimitPolicy: header('q requests in w seconds (draft-ietf-httpapi-ratelimit-headers)', '"reads";q=600;w=60'),
  RateLimit: header('What is left of it: r requests for t seconds', '"reads";r=598;t=41'),
  RetryAfter: header('Seconds after which to ask again', 1, 'integer'),
  ContentLanguage: header('The language of the answer (RFC 9110 §8.5)', 'de'),
  Location: header('Where to go on, or what was made', '/api/things/t-1'),
  SetCookie: header('A cookie of ours, HttpOnly', 'sid=…; Path=/; HttpOnly; SameSite=Lax'),
  Disposition: header('The name to save it under (RFC 6266)', 'attachment; filename="things.csv"'),
  AppUpdate: header(
    'A newer build is recommended (an RFC 9651 item)',
    'recommended;version="3.1.0";store="https://apps.example.com/"',
  ),
  Deprecation: header('Since when there is a better address (RFC 9745)', '@1788220800'),
  Sunset: header('From when on it may be gone (RFC 8594)', 'Wed, 30 Jun 2027 00:00:00 GMT'),
  Link: header('What it says of that, and its successor', '</api/things>; rel="successor-version"'),
  Allow: header('The methods that this address answers, on a 405', 'GET, HEAD, OPTIONS'),
  AcceptPatch: header(
    'What a PATCH of this address may be sent as (RFC 5789), on a 415 and for OPTIONS',
    'application/json, application/merge-patch+json',
  ),
} as const satisfies Json;

export type HeaderName = keyof typeof HEADERS;

const asked = (name: string, description: string, example: unknown, type = 'string', required = false): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type },
  ...(example !== undefined && { example }),
});

/** An Idempotency-Key: visible ASCII, no blanks. */
const named = (example: string | undefined, required: boolean): Json => ({
  ...asked(
    'idempotency-key',
    'A name for this intention, the same with every retry: done once, told again',
    example,
    'string',
    required,
  ),
  schema: { ...text, minLength: 1, maxLength: MAX_KEY_LENGTH, pattern: '^[!-~]+$' },
});

export const PARAMETERS = {
  IfNoneMatch: asked('if-none-match', 'ETags that are there already: 304 where one of them still holds', undefined),
  IfMatch: asked(
    'if-match',
    'The ETag of what was read, also as a proxy has weakened it (W/): 412 where it has changed since',
    '"1"',
    'string',
    true,
  ),
  Key: named(undefined, false),
  KeyRequired: named('7f8d2b4e-1c36-4a57-9d20-5e1b8a6c9f03', true),
  AppVersion: asked(
    'x-app-version',
    'The build that asks, `platform/version`: one that is too old gets a 426, one that can’t be read is answered',
    'ios/3.1.0',
  ),
  AcceptLanguage: asked(
    'accept-language',
    'The languages that its reader likes, where the query names none (RFC 9110 §12.5.4)',
    'de-CH, de;q=0.9, en;q=0.5',
  ),
  Deadline: asked('x-deadline-ms', 'A shorter deadline than ours, in milliseconds', undefined, 'integer'),
  Scenario: asked('x-scenario', 'A misbehaviour of mocked upstreams to play, such as reviews=down', undefined),
  RequestId: asked('x-request-id', 'What to call this request: up to 64 letters, digits, dots and dashes', undefined),
  Traceparent: asked('traceparent', 'The trace that this request is part of (W3C Trace Context)', undefined),
} as const satisfies Json;

/** What any request may carry. */
export const COMMON_PARAMETERS = ['Deadline', 'Scenario', 'RequestId', 'Traceparent'] as const;

export const SECURITY = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'sid',
    description: 'Browsers, after /api/auth/login. It is named `__Host-sid` where the origin is https.',
  },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'x-csrf',
    description: 'Always `1`: with it, a page of ours shows that it has sent a write.',
  },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Apps: an access token of a trusted issuer.',
  },
  operator: { type: 'http', scheme: 'bearer', description: 'Those who run the server: INSPECTOR_TOKEN.' },
} as const;

export const BASE_SCHEMAS: Record<string, Json> = { Problem, FieldError, Meta, SectionStatus };
