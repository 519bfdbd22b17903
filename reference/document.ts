import type { Deprecation } from '#kernel/contract/deprecation.ts';
import { type Contract, isRead, type Operation } from '#kernel/contract/operation.ts';
import { bodyTypes, FORM_TYPE } from '#kernel/http/request/body.ts';
import { SAFE } from '#kernel/http/security/csrf.ts';
import { answersOf } from './answers.ts';
import { BASE_SCHEMAS, COMMON_PARAMETERS, HEADERS, PARAMETERS, SECURITY } from './components.ts';
import { contentOf, type Json, refTo } from './json.ts';
import { problemExamples, problemKinds, problemResponses, sharedResponses } from './problems.ts';
import { Schemas } from './schemas.ts';

/** The document's description. */
interface About {
  readonly title: string;
  readonly version: string;
  readonly summary: string;
  /** Markdown. */
  readonly description: string;
  readonly license: { readonly name: string; readonly url: string };
  /** Where examples are from. */
  readonly origin: string;
}

/** What was once asked of an operation and answered by it. */
export interface Recorded {
  readonly route: string;
  readonly body?: unknown;
  /** By status: a JSON value, or the text of what is none. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/** By operation id. */
export type Recording = Readonly<Record<string, Recorded>>;

/** The OpenAPI 3.1.1 document of these operations: contracts are read, and what was recorded of them. */
export function openApi(operations: readonly Operation[], about: About, recording: Recording): Json {
  const { origin, ...info } = about;
  const schemas = new Schemas(BASE_SCHEMAS);
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const { method, template } = operation.route;
    paths[template] ??= {};
    paths[template][method.toLowerCase()] = describe(operation, schemas, recording[operation.contract.id]);
  }
  const components = {
    responses: sharedResponses(operations),
    parameters: PARAMETERS,
    headers: HEADERS,
    examples: problemExamples(problemKinds(operations), origin),
    securitySchemes: { ...SECURITY, ...Object.fromEntries(operations.flatMap(signaturesOf).map(signatureScheme)) },
  };
  return {
    openapi: '3.1.1',
    info,
    // Relative: the document is the same wherever it is served from.
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(tagOf))].map((name) => ({ name })),
    paths,
    components: { schemas: schemas.referredFrom([paths, components]), ...components },
  };
}

/** The first word of its path after /api: mostly the name of a screen. */
function tagOf({ route }: Operation): string {
  const [, screen] = route.segments.flatMap((segment) => ('literal' in segment ? [segment.literal] : []));
  const word = screen?.replace(/\W.*/, '') ?? '';
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function describe(operation: Operation, schemas: Schemas, recorded: Recorded | undefined): Json {
  const { contract } = operation;
  const content = bodyOf(operation, schemas, recorded?.body);
  return {
    operationId: contract.id,
    summary: contract.summary,
    // The name that tools that compare documents know the day by.
    ...(contract.deprecated && { deprecated: true, 'x-sunset': contract.deprecated.sunset }),
    description: notesOn(operation).join('\n\n'),
    tags: [tagOf(operation)],
    parameters: parametersOf(operation, schemas),
    ...(content && { requestBody: { required: true, content } }),
    responses: { ...answersOf(operation, schemas, recorded?.answers ?? {}), ...problemResponses(operation) },
    security: securityOf(operation),
  };
}

const AUDIENCE = {
  public: 'For everybody, and the same for everybody.',
  personal: 'For who is signed in: by session or by bearer.',
  either: 'For everybody; who is signed in gets their own.',
} as const satisfies Record<Contract['audience'], string>;

const GUARDED = {
  signed: 'For servers, not for clients: the sender signs the bytes of the body.',
  operator:
    'For those who run the server: with their token, or from the machine that it runs on. Nowhere else is it there.',
} as const satisfies Record<NonNullable<Contract['guard']>['kind'], string>;

function notesOn(operation: Operation): string[] {
  const { audience, guard, form, writes, body, deadline, deprecated, parts, language } = operation.contract;
  const { method } = operation.route;
  return [
    ...(deprecated ? [goingNote(deprecated)] : []),
    guard ? GUARDED[guard.kind] : AUDIENCE[audience],
    ...(parts ? [`Parts: ${parts.join(', ')}. A part that is not asked for costs nothing.`] : []),
    ...(isRead(operation) ? ['As `text/event-stream` it is sent anew whenever it changes.'] : []),
    ...(language
      ? [`Where \`${language}\` is not given, Accept-Language chooses; Content-Language says what it is.`]
      : []),
    ...(writes?.match ? ['It changes only what you have seen: send the ETag that you read as If-Match.'] : []),
    ...(form ? [`A plain HTML form may send it too${method === 'POST' ? '' : `, with \`?_method=${method}\``}.`] : []),
    ...(body?.kind === 'mergePatch'
      ? ['The body is a merge patch (RFC 7396), also where it is sent as `application/json`.']
      : []),
    ...(onlyRedirects(operation)
      ? ['For the address bar of a browser, which it sends on: a program has no use for it.']
      : []),
    `Deadline: ${deadline} ms.`,
  ];
}

/** Whether all that it ever does is to send its caller somewhere else. */
const onlyRedirects = ({ contract: { answers = {} } }: Operation): boolean => {
  const statuses = Object.keys(answers);
  return statuses.length > 0 && statuses.every((status) => status.startsWith('3'));
};

const goingNote = ({ since, sunset, successor }: Deprecation) =>
  `Deprecated since ${since}; it answers until ${sunset}. Use \`${successor}\` instead.`;

function parametersOf({ contract, route }: Operation, schemas: Schemas): Json[] {
  const { input, example, parts = [], headers = [], writes, audience } = contract;
  const inPath = route.segments.flatMap((segment) => ('parameter' in segment ? [segment.parameter] : []));
  const described = Object.entries(input.shape).map(([name, field]) => {
    const schema = schemas.ofParameter(field);
    const value = example[name];
    return {
      name,
      in: inPath.includes(name) ? 'path' : 'query',
      required: inPath.includes(name) || !field.safeParse(undefined).success,
      schema,
      ...(value !== undefined && { example: schema.type === 'integer' ? Number(value) : value }),
    };
  });
  const declared = headers
    // A parameter of this name is ignored (OpenAPI 3.1 §4.8.12): the media types of the answer say it.
    .filter((name) => !isSignature(name) && name !== 'accept')
    .map((name) => ({ name, in: 'header', required: false, schema: { type: 'string' } }));
  const keyed = !SAFE.includes(route.method) && audience !== 'public';
  const shared = [
    ...(!contract.live && !contract.guard && route.method === 'GET' ? (['IfNoneMatch'] as const) : []),
    ...(writes?.match ? (['IfMatch'] as const) : []),
    ...(keyed ? [writes?.key === 'required' ? ('KeyRequired' as const) : ('Key' as const)] : []),
    ...(contract.apps ? (['AppVersion'] as const) : []),
    ...(contract.language ? (['AcceptLanguage'] as const) : []),
    ...COMMON_PARAMETERS,
  ];
  return [
    ...described,
    ...(parts.length > 0 ? [partsParameter(parts)] : []),
    ...declared,
    ...shared.map((name) => refTo('parameters', name)),
  ];
}

function partsParameter(parts: readonly string[]): Json {
  return {
    name: 'parts',
    in: 'query',
    description:
      'Only these parts; all of them where it is not given. A repeated key, `parts[]` and `parts[0]` are taken as well.',
    style: 'form',
    explode: false,
    schema: { type: 'array', items: { type: 'string', enum: parts } },
  };
}

/** Bytes are described by their media types alone. */
function bodyOf({ contract, route }: Operation, schemas: Schemas, example: unknown): Json | undefined {
  const { body, form } = contract;
  if (body === undefined) return undefined;
  const shown = example === undefined ? {} : { example };
  if (body.kind === 'raw') return contentOf(body.types, { schema: {}, ...shown });
  const schema = schemas.of(body.schema, 'input');
  const asForm = form === true && route.method === 'POST' && body.kind !== 'form';
  return {
    ...contentOf(bodyTypes(body), { schema, ...shown }),
    ...(asForm && contentOf([FORM_TYPE], { schema })),
  };
}

function securityOf(operation: Operation): Json[] {
  const { audience, guard } = operation.contract;
  const signatures = signaturesOf(operation);
  if (signatures.length > 0) return signatures.map((name) => ({ [name]: [] }));
  if (guard?.kind === 'operator') return [{ operator: [] }];
  if (audience === 'public') return [];
  const proof = SAFE.includes(operation.route.method) ? {} : { csrf: [] };
  const schemes = [{ session: [], ...proof }, { bearer: [] }];
  return audience === 'either' ? [proof, ...schemes] : schemes;
}

const isSignature = (header: string) => header.includes('signature');

/** The headers in which a sender may sign. */
function signaturesOf({ contract: { guard, headers = [] } }: Operation): string[] {
  return guard?.kind === 'signed' ? headers.filter(isSignature) : [];
}

function signatureScheme(name: string): [string, Json] {
  const description = 'The sender’s signature over the bytes of the body, made with a secret that both know.';
  return [name, { type: 'apiKey', in: 'header', name, description }];
}
