import { z } from 'zod';
import { type BodyContract, type Contract, isRead, type Operation } from './operation.ts';
import type { ProblemKind } from './problem-kind.ts';

type Json = Record<string, unknown>;

const PROBLEM = '#/components/schemas/Problem';
const TOO_MANY = '#/components/responses/TooManyRequests';
const PROBLEM_TYPE = 'application/problem+json';
const EVENT_STREAM = 'text/event-stream';
const BODY_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  mergePatch: 'application/merge-patch+json',
} as const;

/** What the document says of the whole. */
export interface About {
  readonly title: string;
  readonly version: string;
  readonly summary: string;
}

/** The OpenAPI 3.1.1 document of these operations: contracts and nothing else are read. */
export function openApi(operations: readonly Operation[], about: About): Json {
  const schemas: Json = { Problem, Meta };
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const { method, template } = operation.route;
    paths[template] ??= {};
    paths[template][method.toLowerCase()] = describe(operation, schemas);
  }
  return {
    openapi: '3.1.1',
    info: about,
    // Relative: the document is the same wherever it is served from.
    servers: [{ url: '/' }],
    paths,
    components: { schemas, responses: { TooManyRequests }, securitySchemes: SECURITY },
  };
}

function describe(operation: Operation, schemas: Json): Json {
  const { contract, route } = operation;
  const { id, summary, audience, input, example, parts = [], headers = [], body, problems = {} } = contract;
  const inPath = route.segments.flatMap((segment) => ('parameter' in segment ? [segment.parameter] : []));
  const parameters = Object.entries(input.shape).map(([name, schema]) => ({
    name,
    in: inPath.includes(name) ? 'path' : 'query',
    required: inPath.includes(name) || !schema.safeParse(undefined).success,
    schema: schemaOf(schema, 'input', schemas),
    ...(name in example && { example: example[name] }),
  }));
  const named = parts.length > 0 ? [partsParameter(parts)] : [];
  const { match, key } = contract.writes ?? {};
  const fields = [
    ...headers.map((name) => headerField(name, false)),
    ...(match ? [headerField('if-match', true)] : []),
    ...(route.method !== 'GET' && audience !== 'public' ? [headerField('idempotency-key', key === 'required')] : []),
  ];
  const content = body && bodyOf(body, contract.form === true && route.method === 'POST', schemas);
  return {
    operationId: id,
    summary,
    ...(contract.guard && { description: 'For servers, not for clients: the sender signs the bytes of the body.' }),
    tags: [route.segments.flatMap((segment) => ('literal' in segment ? [segment.literal] : []))[1] ?? ''],
    parameters: [...parameters, ...named, ...fields],
    ...(content && { requestBody: { required: true, content } }),
    responses: {
      ...answersOf(operation, schemas),
      ...(contract.limit !== false && { 429: { $ref: TOO_MANY } }),
      ...problemsOf(problems),
      default: refusal('Any problem (RFC 9457)'),
    },
    security: securityOf(audience),
  };
}

const headerField = (name: string, required: boolean): Json => ({
  name,
  in: 'header',
  required,
  schema: { type: 'string' },
});

/** Bytes are described by their media types alone. */
function bodyOf(body: BodyContract, asForm: boolean, schemas: Json): Json {
  if (body.kind === 'raw') return contentOf(body.types, {});
  const types = asForm ? [BODY_TYPES[body.kind], BODY_TYPES.form] : [BODY_TYPES[body.kind]];
  return contentOf(types, schemaOf(body.schema, 'input', schemas));
}

function answersOf(operation: Operation, schemas: Json): Json {
  const { output, answers = {}, live, file } = operation.contract;
  const stream = isRead(operation) ? contentOf([EVENT_STREAM], LiveView) : {};
  const responses: Json = {};
  if (live) responses['200'] = { description: 'Events', content: contentOf([EVENT_STREAM], EventsText) };
  if (output !== undefined) {
    const view = { allOf: [schemaOf(output, 'output', schemas), { $ref: '#/components/schemas/Meta' }] };
    responses['200'] = {
      description: 'The view, with how whole it is',
      content: { ...contentOf(['application/json'], view), ...stream },
    };
    responses['304'] = { description: 'What If-None-Match names still holds' };
  }
  for (const [status, schema] of Object.entries(answers)) {
    const once = schema && contentOf(['application/json'], schemaOf(schema, 'output', schemas));
    const content = once && status === '200' ? { ...once, ...stream } : once;
    responses[status] = { description: MEANING[status] ?? 'Done', ...(content && { content }) };
  }
  if (file) responses['200'] = { description: 'A file', content: contentOf([file], { type: 'string' }) };
  return responses;
}

function problemsOf(problems: Readonly<Record<string, ProblemKind>>): Json {
  const responses: Json = {};
  for (const { status, title } of Object.values(problems)) responses[status] = refusal(title);
  return responses;
}

/** A schema as JSON Schema 2020-12; what has an id stands once, among the components. */
function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output', schemas: Json): Json {
  const { $schema: _, $defs = {}, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  for (const [id, definition] of Object.entries($defs as Json)) schemas[id] ??= hoisted(definition);
  const own = z.globalRegistry.get(schema)?.id;
  if (own === undefined) return hoisted(json) as Json;
  schemas[own] ??= hoisted(json);
  return { $ref: `#/components/schemas/${own}` };
}

/** References within one schema as references within the document. */
function hoisted(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(hoisted);
  if (part === null || typeof part !== 'object') return part;
  return Object.fromEntries(
    Object.entries(part).flatMap(([key, value]) => {
      if (key === 'id' && typeof value === 'string') return [];
      if (key !== '$ref') return [[key, hoisted(value)]];
      return [[key, String(value).replace('#/$defs/', '#/components/schemas/')]];
    }),
  );
}

function partsParameter(parts: readonly string[]): Json {
  return {
    name: 'parts',
    in: 'query',
    description: 'Only these parts; all of them where it is not given.',
    style: 'form',
    explode: false,
    schema: { type: 'array', items: { enum: parts } },
  };
}

function securityOf(audience: Contract['audience']): Json[] {
  if (audience === 'public') return [];
  const known = [{ session: [] }, { bearer: [] }];
  return audience === 'either' ? [{}, ...known] : known;
}

const contentOf = (types: readonly string[], schema: unknown): Json =>
  Object.fromEntries(types.map((type) => [type, { schema }]));
const refusal = (description: string): Json => ({ description, content: contentOf([PROBLEM_TYPE], { $ref: PROBLEM }) });

const MEANING: Readonly<Record<string, string>> = {
  200: 'The view',
  201: 'Made; Location says where',
  202: 'Begun; Location says how far it is',
  204: 'Done',
  303: 'Go on at Location',
  308: 'It has moved to Location',
};

const SECURITY = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'sid',
    description: 'Browsers, after /api/auth/login. Writes need x-csrf: 1.',
  },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Apps: an access token of a trusted issuer.',
  },
};

const field = (description: string, type: string): Json => ({ description, schema: { type } });
const TooManyRequests = {
  ...refusal('More requests than the policy allows'),
  headers: {
    'Retry-After': field('Seconds until requests are taken again', 'integer'),
    'RateLimit-Policy': field('The policy: q requests in w seconds (draft-ietf-httpapi-ratelimit-headers)', 'string'),
    RateLimit: field('What is left of it: r requests for t seconds', 'string'),
  },
};

const LiveView = {
  type: 'string',
  description:
    'The same view now and whenever it changes: events `snapshot`, whose id is the ETag, and `problem` (RFC 9457).',
};

const EventsText = {
  type: 'string',
  description:
    'Events `ready`, `reset` (some were missed for good), `snapshot` and `problem` of what is watched, with `of`, and ' +
    'those of the topics. Last-Event-ID resumes.',
};

const Problem = {
  type: 'object',
  description: 'RFC 9457, with the code that `type` ends in and the fields that are to blame.',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['in', 'path', 'message', 'code'],
        properties: {
          in: { enum: ['path', 'query', 'header', 'body'] },
          path: { type: 'string' },
          message: { type: 'string' },
          code: { type: 'string' },
        },
      },
    },
  },
};

const Meta = {
  type: 'object',
  properties: {
    meta: {
      type: 'object',
      description: 'How whole the answer is. `sections` lists only what is not as it should be, by path.',
      required: ['complete', 'sections'],
      properties: {
        complete: { type: 'boolean' },
        sections: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            required: ['state'],
            properties: {
              state: { enum: ['pending', 'stale', 'fallback', 'missing'] },
              reason: { enum: ['timeout', 'unavailable', 'open', 'contract', 'not-found'] },
              since: { type: 'string', format: 'date-time' },
            },
          },
        },
      },
    },
  },
};
