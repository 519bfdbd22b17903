import { Answers } from './answers.ts';
import type { ApiMap, Entry, Given } from './entry.ts';
import type { Answered, AnsweredBy, Failed, Problem, ProblemStatus, Refused, Result, SectionStatus } from './result.ts';
import { Stream, type StreamMessage } from './stream.ts';

/** Where the API is, and what goes with every request. */
export interface ClientOptions {
  /** The origin of the API; by default the page's own. */
  readonly base?: string;
  /** Header fields of every request: an app's bearer. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly fetch?: typeof globalThis.fetch;
  /** By default the browser's own. */
  readonly EventSource?: new (
    url: string,
  ) => EventSource;
}

/** An answer from the stream: the view as it is now. */
type Live<E extends Entry> = Extract<AnsweredBy<E>, { readonly status: 200 }>;

export interface Client<A extends ApiMap> {
  /** Asks for one operation by its address: `await api('GET /api/products/{id}', { id })`. Nothing is thrown. */
  <K extends keyof A & string>(address: K, ...given: Given<A[K]>): Promise<Result<A[K]>>;
  /**
   * Calls the listener with an answer now and whenever it changes, over the one stream of this client; a problem does
   * not end it. Returns how to stop.
   */
  subscribe<K extends keyof A & `GET ${string}`>(
    address: K,
    input: A[K]['input'],
    listener: (answer: Live<A[K]> | Refused<A[K]['codes']>) => void,
  ): () => void;
  /** The last view of a subscription. */
  latest<K extends keyof A & `GET ${string}`>(address: K, input: A[K]['input']): Live<A[K]>['view'] | undefined;
  /** The last of them of which no part was still to come, with its ETag. */
  settled<K extends keyof A & `GET ${string}`>(
    address: K,
    input: A[K]['input'],
  ): { readonly view: Live<A[K]>['view']; readonly etag?: string } | undefined;
  /** Drops all cached answers: after signing out. */
  forget(): void;
}

/** One request as it is sent, and sent again. */
interface Sending {
  readonly method: string;
  readonly target: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** A client of the operations in a map of types: at run time it knows nothing but the address that it is given. */
export function createClient<A extends ApiMap>({
  base = '',
  headers = () => ({}),
  fetch: send = (...request) => fetch(...request),
  EventSource: Source = globalThis.EventSource,
}: ClientOptions = {}): Client<A> {
  const answers = new Answers();
  const stream = new Stream(Source && ((url) => new Source(base + url)));

  async function ask(sending: Sending): Promise<Result<Entry>> {
    const { method, target, body, signal } = sending;
    const cached = method === 'GET' ? answers.find(target) : undefined;
    let outcome: Answered<number, unknown> | Refused | Failed;
    try {
      const response = await send(base + target, {
        method,
        headers: { ...sending.headers, ...(cached && { 'if-none-match': cached.etag }), ...(await headers()) },
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      });
      if (response.status === 304 && cached) outcome = answered(response, JSON.parse(cached.text), true);
      else outcome = await read(response, (text, etag) => method === 'GET' && answers.store(target, { etag, text }));
    } catch {
      outcome = { ok: false, status: 0, reason: signal?.aborted ? 'aborted' : 'offline' };
    }
    return (outcome.ok ? outcome : { ...outcome, again: () => ask(sending) }) as Result<Entry>;
  }

  const api = (address: string, input: object = {}, options: Partial<Options> = {}) =>
    ask(toSending(address, input, options));
  return Object.assign(api, {
    subscribe: (address: string, input: object, listener: (answer: unknown) => void) =>
      stream.watch(targetOf(address, input), (message) => listener(answeredAs(message))),
    latest: (address: string, input: object) => stream.last(targetOf(address, input))?.view,
    settled: (address: string, input: object) => stream.settled(targetOf(address, input)),
    forget: () => answers.forget(),
  }) as unknown as Client<A>;
}

interface Options {
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  readonly deadline: number;
  readonly key: string;
  readonly match: string;
  readonly parts: readonly string[];
  readonly body: unknown;
}

function toSending(address: string, input: object, options: Partial<Options>): Sending {
  const { signal, headers, deadline, key, match, parts, body } = options;
  const [method = 'GET'] = address.split(' ');
  const changes = method !== 'GET';
  return {
    method,
    target: targetOf(address, parts ? { ...input, parts: parts.join(',') } : input),
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: {
      accept: 'application/json, application/problem+json, */*;q=0.5',
      ...(body !== undefined && {
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      }),
      // A page of another origin could not set it: what proves a write (and is never asked of a bearer).
      ...(changes && { 'x-csrf': '1', 'idempotency-key': key ?? newKey() }),
      ...(match !== undefined && { 'if-match': match }),
      ...(deadline !== undefined && { 'x-deadline-ms': String(deadline) }),
      ...headers,
    },
    signal,
  };
}

/** What stands in the path goes there; the rest is the query, in the order in which it was given. */
function targetOf(address: string, input: object): string {
  const [, template = ''] = address.split(' ');
  const fields = Object.entries(input).filter(([, value]) => value !== undefined);
  const values = Object.fromEntries(fields.map(([name, value]) => [name, String(value)]));
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  const query = new URLSearchParams(Object.entries(values).filter(([name]) => !template.includes(`{${name}}`)));
  return query.size > 0 ? `${path}?${query}` : path;
}

/** 128 bits; `crypto.randomUUID` is missing on pages without https. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function read(
  response: Response,
  store: (text: string, etag: string) => void,
): Promise<Answered<number, unknown> | Refused | Failed> {
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok) return type.startsWith('application/problem+json') ? refused(response) : UNREADABLE;
  if (response.status === 204) return answered(response, undefined, false);
  if (type.startsWith('text/html')) return UNREADABLE;
  if (!type.startsWith('application/json')) return answered(response, await response.blob(), false);
  const text = await response.text();
  const view = parsed(text);
  if (view === undefined) return UNREADABLE;
  const etag = response.headers.get('etag');
  const mayStore = !response.headers.get('cache-control')?.includes('no-store');
  if (etag !== null && mayStore) store(text, etag);
  return answered(response, view, false);
}

const UNREADABLE: Failed = { ok: false, status: 0, reason: 'unreadable' };

async function refused(response: Response): Promise<Refused | Failed> {
  const problem = parsed(await response.text()) as Problem | undefined;
  if (problem === undefined) return UNREADABLE;
  const retryAfter = response.headers.get('retry-after');
  return {
    ok: false,
    status: response.status as ProblemStatus,
    problem,
    ...(retryAfter !== null && { retryAfter: Number(retryAfter) }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answered({ status, headers }: Response, view: unknown, unchanged: boolean): Answered<number, unknown> {
  const field = (name: string) => headers.get(name) ?? undefined;
  const [etag, location, requestId] = [field('etag'), field('location'), field('x-request-id')];
  return {
    ok: true,
    status: unchanged ? 200 : status,
    view,
    ...wholenessOf(view),
    unchanged,
    ...(etag !== undefined && { etag }),
    ...(location !== undefined && { location }),
    ...(requestId !== undefined && { requestId }),
  };
}

function answeredAs({ view, etag, problem }: StreamMessage): Answered<200, unknown> | Refused {
  if (problem !== undefined) {
    const message = problem as Problem;
    return { ok: false, status: message.status as ProblemStatus, problem: message };
  }
  return {
    ok: true,
    status: 200,
    view,
    ...wholenessOf(view),
    unchanged: false,
    ...(etag !== undefined && { etag }),
  };
}

/** A view without `meta` has no sections that could be missing. */
function wholenessOf(view: unknown): Pick<Answered<200, unknown>, 'complete' | 'sections'> {
  const { meta } = (view ?? {}) as { meta?: { complete: boolean; sections: Record<string, SectionStatus> } };
  return { complete: meta?.complete ?? true, sections: meta?.sections ?? {} };
}
