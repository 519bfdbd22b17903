import { z } from 'zod';
import { canonicalJson } from '#kernel/base/json/json-value.ts';
import type { Scope } from '#kernel/base/scope.ts';
import type { CachePolicy } from '#kernel/cache/policy.ts';
import { type Privacy, type PrivateId, unwrapPrivateIds } from '#kernel/identity/private-id.ts';
import type { Batch, BatchArgs, Call, Upstream, UpstreamPolicy, WireRequest } from './call.ts';
import { type GraphqlDocument, graphqlRequest } from './graphql.ts';
import { type PrivacyOf, sameOwner, type UrlPath } from './path.ts';

/** The schema of a write whose answer has no value: any 2xx says that it was done. */
export const NOTHING = z.undefined();
const DEFAULT_MAX_BYTES = 2 * 1024 * 1024;

/** The client of an upstream, as a service uses it. Each method returns an inert call. */
export interface UpstreamClient {
  get<T, P extends Privacy>(path: UrlPath<P>, schema: z.ZodType<T>, policy?: CachePolicy<NoInfer<T>>): Call<T, P>;
  /** A read whose question does not fit into a path, and goes as a POST. */
  query<T, P extends Privacy, B>(
    path: UrlPath<P>,
    body: B,
    schema: z.ZodType<T>,
    policy?: CachePolicy<NoInfer<T>>,
  ): Call<T, P | BodyPrivacy<B>>;
  /**
   * A document with its variables: a query is a read, a mutation a write without a policy. `schema` is for `data`, or for
   * the document's root in it. An error beside the data is that of what lacks: a schema that needs it fails by its code;
   * one that does not makes the section `missing` with what there is.
   */
  graphql<T, P extends Privacy, V>(
    path: UrlPath<P>,
    document: GraphqlDocument,
    variables: V,
    schema: z.ZodType<T>,
    policy?: CachePolicy<NoInfer<T>>,
  ): Call<T, P | BodyPrivacy<V>>;
  /** A write: never cached, never shared, never tried again. The body goes as JSON, URLSearchParams as a form. */
  post<T, P extends Privacy, B>(
    path: UrlPath<P>,
    body: B,
    schema: z.ZodType<T>,
    fields?: RequestFields,
  ): Call<T, P | BodyPrivacy<B>>;
  patch<T, P extends Privacy, B>(
    path: UrlPath<P>,
    body: B,
    schema: z.ZodType<T>,
    fields?: RequestFields,
  ): Call<T, P | BodyPrivacy<B>>;
  /** The answer's body is not read. */
  delete<P extends Privacy>(path: UrlPath<P>, fields?: RequestFields): Call<undefined, P>;
  /** A read of many items in one request; the items that are asked for meanwhile travel together. */
  batch<T>(name: string, schema: z.ZodType<T>, spec: BatchSpec): BatchMethod<T>;
  /** The same client with the user's own credential: every call of it is private. */
  readonly asUser: UserClient;
}

export interface UserClient {
  get<T>(path: UrlPath, schema: z.ZodType<T>, policy?: CachePolicy<NoInfer<T>>): Call<T, 'private'>;
  graphql<T>(
    path: UrlPath,
    document: GraphqlDocument,
    variables: unknown,
    schema: z.ZodType<T>,
    policy?: CachePolicy<NoInfer<T>>,
  ): Call<T, 'private'>;
  post<T>(path: UrlPath, body: unknown, schema: z.ZodType<T>, fields?: RequestFields): Call<T, 'private'>;
  put<T>(path: UrlPath, body: unknown, schema: z.ZodType<T>, fields?: RequestFields): Call<T, 'private'>;
  /** The answer's body is not read. */
  delete(path: UrlPath, fields?: RequestFields): Call<undefined, 'private'>;
}

/** Fields of one request, by name in lower case: `if-match`, `idempotency-key`. */
export type RequestFields = Readonly<Record<string, string | undefined>>;

type BodyPrivacy<B> = B extends PrivateId ? 'private' : B extends object ? BodyPrivacy<B[keyof B]> : 'public';

export interface BatchSpec {
  readonly max: number;
  /** The request for these items: `{ get: path }` or `{ post: path, body }`. */
  readonly request: (
    items: readonly string[],
    args: BatchArgs,
  ) => { get: UrlPath<'public'> } | { post: UrlPath<'public'>; body: unknown };
  readonly list?: string;
  readonly id: string;
  readonly absent?: string;
}

/** The call for one item of a batch. Arguments that differ form batches of their own. */
export type BatchMethod<T> = <const A extends Readonly<Record<string, string | number | undefined | PrivateId>>>(
  item: string,
  args: A,
  policy?: CachePolicy<NoInfer<T>>,
) => Call<T, PrivacyOf<A[keyof A]>>;

/** The client of one upstream: `upstream('catalog', { timeout: 800, attempts: 2, parallel: 64 })`. */
export function upstream(name: string, policy: UpstreamPolicy): UpstreamClient {
  const spec: Upstream = { maxBytes: DEFAULT_MAX_BYTES, ...policy, name };

  const get =
    (credential: 'user' | undefined) => (path: UrlPath, schema: z.ZodType, cachePolicy?: CachePolicy<never>) =>
      makeCall(spec, credential, path, {
        schema,
        policy: cachePolicy,
        single: { method: 'GET', path: path.text, isRead: true },
      });

  const query = (path: UrlPath, body: unknown, schema: z.ZodType, cachePolicy?: CachePolicy<never>) => {
    const { value, scope } = unwrapPrivateIds(body);
    const single = { method: 'POST', path: path.text, body: JSON.stringify(value), isRead: true } as const;
    return makeCall(spec, undefined, path, { schema, policy: cachePolicy, single }, scope);
  };

  const graphql =
    (credential: 'user' | undefined) =>
    (
      path: UrlPath,
      document: GraphqlDocument,
      variables: unknown,
      schema: z.ZodType,
      cachePolicy?: CachePolicy<never>,
    ) => {
      if (document.kind === 'mutation' && cachePolicy !== undefined)
        throw new TypeError(`The mutation ${document.name} is a write, and takes no cache policy`);
      const { value, scope } = unwrapPrivateIds(variables);
      const single = graphqlRequest(document, path.text, value);
      const call = makeCall(spec, credential, path, { schema, policy: cachePolicy, single }, scope);
      return { ...call, label: `${document.kind} ${document.name}` };
    };

  const write =
    (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', credential: 'user' | undefined) =>
    (path: UrlPath, body: unknown, schema: z.ZodType, fields: RequestFields = {}) => {
      const form = body instanceof URLSearchParams ? body.toString() : undefined;
      const { value, scope } = unwrapPrivateIds(form === undefined ? body : undefined);
      const text = form ?? (value === undefined ? undefined : JSON.stringify(value));
      const type = form === undefined ? undefined : 'application/x-www-form-urlencoded';
      const flat = Object.entries(fields).flatMap(([name, text]) => (text === undefined ? [] : [name, text]));
      const answer = schema === NOTHING ? 'unread' : schema instanceof z.ZodOptional ? 'optional' : 'required';
      const single = { method, path: path.text, body: text, type, isRead: false, fields: flat, answer } as const;
      return makeCall(spec, credential, path, { schema, policy: undefined, single }, scope);
    };

  const remove = (credential: 'user' | undefined) => (path: UrlPath, fields?: RequestFields) =>
    write('DELETE', credential)(path, undefined, NOTHING, fields);

  return {
    get: get(undefined),
    query,
    graphql: graphql(undefined),
    post: write('POST', undefined),
    patch: write('PATCH', undefined),
    delete: remove(undefined),
    batch: (batchName: string, schema: z.ZodType, batchSpec: BatchSpec) =>
      batchMethod(spec, batchName, schema, batchSpec),
    asUser: {
      get: get('user'),
      graphql: graphql('user'),
      post: write('POST', 'user'),
      put: write('PUT', 'user'),
      delete: remove('user'),
    },
  } as unknown as UpstreamClient;
}

/** `owner` is the scope of private ids outside the path. */
function makeCall(
  spec: Upstream,
  credential: 'user' | undefined,
  path: UrlPath,
  { schema, policy, single }: Pick<Call, 'schema' | 'policy'> & { readonly single: WireRequest },
  owner?: Scope,
): Call {
  return {
    kind: 'call',
    upstream: spec,
    label: `${single.method} ${path.template}`,
    schema,
    policy,
    request: { single: inLanguageOf(path, single) },
    credential,
    ...owned(owner === undefined ? path.owner : sameOwner(path.owner, owner), credential),
  };
}

/** A request with the language of its path. */
function inLanguageOf({ language }: UrlPath, request: WireRequest): WireRequest {
  return language === undefined
    ? request
    : { ...request, fields: [...(request.fields ?? []), 'accept-language', language] };
}

/** A call is private as soon as it carries an id or a credential of the principal. */
function owned(owner: Call['owner'], credential: 'user' | undefined): Pick<Call, 'owner' | 'privacy'> {
  return { owner, privacy: owner === undefined && credential === undefined ? 'public' : 'private' };
}

function batchMethod<T>(spec: Upstream, name: string, schema: z.ZodType<T>, batchSpec: BatchSpec): BatchMethod<T> {
  const batch: Batch = {
    name,
    max: batchSpec.max,
    list: batchSpec.list,
    id: batchSpec.id,
    absent: batchSpec.absent,
    request(items, args) {
      const request = batchSpec.request(items, args);
      if ('get' in request) return inLanguageOf(request.get, { method: 'GET', path: request.get.text, isRead: true });
      const body = JSON.stringify(request.body);
      return inLanguageOf(request.post, { method: 'POST', path: request.post.text, body, isRead: true });
    },
  };
  const call = (item: string, args: object, policy?: CachePolicy<never>): Call => {
    const { value, scope } = unwrapPrivateIds(args);
    return {
      kind: 'call',
      upstream: spec,
      label: `batch ${name}`,
      schema,
      policy,
      credential: undefined,
      request: { batch: { batch, item, args: value as BatchArgs, argsKey: canonicalJson(value) } },
      ...owned(scope, undefined),
    };
  };
  return call as BatchMethod<T>;
}
