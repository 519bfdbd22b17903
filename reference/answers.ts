import { type Contract, isRead, type Operation } from '#kernel/contract/operation.ts';
import type { HeaderName } from './components.ts';
import { contentOf, type Json, refTo } from './json.ts';
import type { Schemas } from './schemas.ts';

const JSON_TYPE = 'application/json';
const EVENT_STREAM = 'text/event-stream';

const MEANING: Readonly<Record<string, string>> = {
  200: 'The view',
  201: 'Made; Location says where',
  202: 'Begun; Location says how far it is',
  204: 'Done',
  303: 'Go on at Location',
};

const LIVE =
  'As a stream the same view now and whenever it changes: events `snapshot`, whose id is the ETag, and `problem` (RFC 9457).';
const EVENTS =
  'Events `ready`, `reset` (some were missed for good), `snapshot` and `problem` of what is watched, with `of`, and ' +
  'those of the topics. Last-Event-ID resumes.';

/** The responses of an operation that are no problems, each with what was once answered. */
export function answersOf(operation: Operation, schemas: Schemas, recorded: Readonly<Record<string, unknown>>): Json {
  const { contract } = operation;
  const { output, answers = {}, live, file } = contract;
  // A stream of events has no schema as one body: a generated client would validate each event against it.
  const stream = isRead(operation) ? contentOf([EVENT_STREAM], {}) : undefined;
  const shown = (status: string): Json => (recorded[status] === undefined ? {} : { example: recorded[status] });
  const fields = fieldsFor(contract);
  const responses: Json = {};
  if (live) {
    const content = contentOf([EVENT_STREAM], shown('200'));
    responses['200'] = { description: EVENTS, headers: headersOf(fields), content };
  }
  if (output !== undefined) {
    const view = { schema: schemas.ofAnswer(output, contract.id), ...shown('200') };
    responses['200'] = {
      description: isRead(operation) ? `The view, with how whole it is. ${LIVE}` : 'The view, with how whole it is',
      headers: headersOf([...fields, 'ETag', 'CacheControl', 'CacheStatus', 'ServerTiming', 'SectionStatus']),
      content: { ...contentOf([JSON_TYPE], view), ...stream },
    };
    responses['304'] = NOT_MODIFIED;
  }
  for (const [status, schema] of Object.entries(answers)) {
    const once = schema && contentOf([JSON_TYPE], { schema: schemas.of(schema, 'output'), ...shown(status) });
    const content = once && stream && status === '200' ? { ...once, ...stream } : once;
    responses[status] = {
      description: content === once ? (MEANING[status] ?? 'Done') : `${MEANING[status]}. ${LIVE}`,
      headers: headersOf([...fields, ...fieldsAt(status, operation)]),
      ...(content && { content }),
    };
  }
  if (file) {
    const content = contentOf([file].flat().map(withoutParameters), { schema: { type: 'string' }, ...shown('200') });
    responses['200'] = { description: 'A file', headers: headersOf([...fields, 'Disposition']), content };
  } else if (isRead(operation)) responses['304'] = NOT_MODIFIED;
  return responses;
}

/** `text/plain` of `text/plain; version=0.0.4`. */
const withoutParameters = (type: string) => type.split(';', 1)[0] as string;

const WIRE: Readonly<Record<HeaderName, string>> = {
  ETag: 'ETag',
  CacheControl: 'Cache-Control',
  CacheStatus: 'Cache-Status',
  ServerTiming: 'Server-Timing',
  SectionStatus: 'Section-Status',
  RequestId: 'X-Request-Id',
  RateLimitPolicy: 'RateLimit-Policy',
  RateLimit: 'RateLimit',
  RetryAfter: 'Retry-After',
  ContentLanguage: 'Content-Language',
  Location: 'Location',
  SetCookie: 'Set-Cookie',
  Disposition: 'Content-Disposition',
  AppUpdate: 'App-Update',
  Deprecation: 'Deprecation',
  Sunset: 'Sunset',
  Link: 'Link',
  Allow: 'Allow',
  AcceptPatch: 'Accept-Patch',
};

const headersOf = (names: readonly HeaderName[]): Json =>
  Object.fromEntries(names.map((name) => [WIRE[name], refTo('headers', name)]));

const NOT_MODIFIED: Json = {
  description: 'What If-None-Match names still holds',
  headers: headersOf(['RequestId', 'ETag', 'CacheControl']),
};

/** The headers of every answer of an operation; a public one says nothing of a quota. */
function fieldsFor({ audience, limit, cookies, guests, apps, deprecated, language }: Contract): HeaderName[] {
  return [
    'RequestId',
    ...(audience !== 'public' && limit !== false ? (['RateLimitPolicy', 'RateLimit'] as const) : []),
    ...(cookies || guests === 'opened' ? (['SetCookie'] as const) : []),
    ...(language ? (['ContentLanguage'] as const) : []),
    ...(apps ? (['AppUpdate'] as const) : []),
    ...(deprecated ? (['Deprecation', 'Sunset', 'Link'] as const) : []),
  ];
}

/** The headers of an operation's own answer. */
function fieldsAt(status: string, { contract, route }: Operation): HeaderName[] {
  if (['201', '202', '303'].includes(status)) return ['Location'];
  const versioned = status === '200' && (route.method === 'GET' || contract.writes?.match);
  return versioned && !contract.file && !contract.guard ? ['ETag', 'CacheControl'] : [];
}
