import type { z } from 'zod';
import type { CallErrorDetails } from '#kernel/base/call-error.ts';
import type { Scope } from '#kernel/base/scope.ts';
import type { CachePolicy } from '#kernel/cache/policy.ts';
import type { Privacy } from '#kernel/identity/private-id.ts';

/** What an upstream may cost us. Times in milliseconds, sizes in bytes. */
export interface UpstreamPolicy {
  /** How long one flight may take, with queueing, retries and reading the body. */
  readonly timeout: number;
  /** How often an idempotent call is tried in all. */
  readonly attempts: number;
  /** How many exchanges may be on the wire at once; four times as many may wait. */
  readonly parallel: number;
  /** The maximum size of an answer once decoded. 2 MiB if not given. */
  readonly maxBytes?: number;
  /**
   * Which 401, 403, 404 and 410 are the upstream's own, and not those of something on the way: those in JSON, or `any`
   * of an upstream that writes its errors otherwise.
   */
  readonly ownErrors?: 'json' | 'any';
}

export interface Upstream extends UpstreamPolicy {
  readonly name: string;
  readonly maxBytes: number;
}

/** A request as it will stand on the wire. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: string | undefined;
  /** The body's media type; JSON where none is given. */
  readonly type?: string | undefined;
  /** Further fields, flat: name, value. */
  readonly fields?: readonly string[] | undefined;
  /** Reads may be cached, coalesced and tried again, whatever their method. */
  readonly isRead: boolean;
  /**
   * What a write needs of its answer: any 2xx says that it was done. Of an `optional` one what does not fit is noted and
   * left out; only a `required` one leaves the outcome unknown. Required if not given.
   */
  readonly answer?: 'unread' | 'optional' | 'required';
  /** Set where it asks by GraphQL: the answer is data and errors. */
  readonly graphql?: GraphqlPart;
}

/** What an exchange has to know of a GraphQL request. */
export interface GraphqlPart {
  readonly root: string | undefined;
  /** What is sent where the upstream does not know the document by its hash, or is not asked by it. */
  readonly whole: Pick<WireRequest, 'method' | 'path' | 'body'>;
  /** Whether the request as it stands names the document by its hash. */
  readonly persisted: boolean;
}

/** How often a request may be sent in all: a write once. */
export const maxAttempts = ({ attempts }: Upstream, { isRead }: WireRequest): number => (isRead ? attempts : 1);

/** Tags that become old: for all owners, or for the principal alone. */
interface Purge {
  readonly tags: readonly string[];
  readonly isPrivate: boolean;
}

/** One request to one upstream as an inert value: making it sends nothing. */
export interface Call<out T = unknown, out P extends Privacy = Privacy> {
  readonly kind: 'call';
  readonly privacy: P;
  readonly upstream: Upstream;
  /** For labels: `GET products/{}`. */
  readonly label: string;
  readonly schema: z.ZodType<T>;
  readonly policy: CachePolicy<never> | undefined;
  /** The scope of the private ids in it. */
  readonly owner: Scope | undefined;
  /** What a write makes old, whether it happened for certain or only may have. */
  readonly purges?: readonly Purge[];
  /** Set where the user's own credential goes upstream. */
  readonly credential: 'user' | undefined;
  readonly request: RequestSpec;
}

/** A write that makes everything under these tags old, everywhere: also if it is unknown whether it was carried out. */
export function purging<C extends Call>(call: C, ...tags: string[]): C {
  return { ...call, purges: [...(call.purges ?? []), { tags, isPrivate: false }] };
}

/** The same for the writer's private values: those of other principals stay. */
export function purgingPrivate<C extends Call>(call: C, ...tags: string[]): C {
  return { ...call, purges: [...(call.purges ?? []), { tags, isPrivate: true }] };
}

/** What its errors say of a call: its upstream, and whose credential went there. */
export const errorDetailsOf = ({ upstream, credential }: Call): CallErrorDetails => ({
  upstream: upstream.name,
  ...(credential && { credential }),
});

/** What a call asks for: one request, or one item of a batch. */
export type RequestSpec = { readonly single: WireRequest } | { readonly batch: BatchItem };

/** One item of a batch that forms with whatever else is asked for meanwhile. */
export interface BatchItem {
  readonly batch: Batch;
  readonly item: string;
  readonly args: BatchArgs;
  /** The same as text: arguments that differ form batches of their own. */
  readonly argsKey: string;
}

export type BatchArgs = Readonly<Record<string, string | number | undefined>>;

/** How many items are asked for in one request, and how they are identified in the answer. */
export interface Batch {
  readonly name: string;
  /** The maximum number of items of one request. */
  readonly max: number;
  request(items: readonly string[], args: BatchArgs): WireRequest;
  /** The member of the answer with the items; the answer itself if not given. */
  readonly list: string | undefined;
  /** The member of an item with its id. */
  readonly id: string;
  /**
   * A member whose presence says that the item is not there. An upstream that has such a word leaves out nothing: what
   * lacks is a contract error. Of one without it, items that are left out of the answer are not there, unless something
   * beside the list may say that it is a part.
   */
  readonly absent: string | undefined;
}
