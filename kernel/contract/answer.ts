import type { Topic } from './topic.ts';

/** What happens besides the answer, applied in order after success. */
export type Effect =
  | { readonly effect: 'purge'; readonly tags: readonly string[]; readonly isPrivate: boolean }
  | { readonly effect: 'publish'; readonly topic: Topic; readonly event: string; readonly data: unknown }
  | { readonly effect: 'cookie'; readonly name: string; readonly value: string; readonly maxAge: number };

/** An answer as data, so that either host can write it, the reference can list it and the client can type it. */
export interface Answer<out S extends number = number, out V = unknown> {
  readonly kind: 'answer';
  readonly status: S;
  readonly view: V;
  /** A local path or an absolute URL for `Location`. */
  readonly at?: string;
  readonly etag?: string;
  readonly file?: File;
  readonly effects: readonly Effect[];
  with(...effects: Effect[]): Answer<S, V>;
}

/** A file that a browser saves under a name. */
export interface File {
  readonly text: string;
  /** The media type, with its charset. */
  readonly type: string;
  /** Letters, digits, dots and dashes. */
  readonly name: string;
}

interface Options {
  readonly at?: string;
  readonly etag?: string;
  readonly file?: File;
  readonly effects?: readonly Effect[];
}

function answer<const S extends number, V>(status: S, view: V, options: Options = {}): Answer<S, V> {
  const { effects = [], ...rest } = options;
  return {
    kind: 'answer',
    status,
    view,
    ...rest,
    effects,
    with: (...more) => answer(status, view, { ...options, effects: [...effects, ...more] }),
  };
}

/** 201 with a `Location`. */
export const created = <V>(view: V, where: { at: string; etag?: string }): Answer<201, V> => answer(201, view, where);

/** 202: the work goes on, `at` is where its progress shows. */
export const accepted = <V>(view: V, where: { at: string }): Answer<202, V> => answer(202, view, where);

/** 200, for a view that comes with effects. */
export const ok = <V>(view: V): Answer<200, V> => answer(200, view);

/** 200 with a file. Throws a TypeError where its name would have to be escaped. */
export function file(text: string, { type, name }: Omit<File, 'text'>): Answer<200, undefined> {
  if (!/^[\w.-]+$/.test(name)) throw new TypeError(`"${name}" is no name for a file`);
  return answer(200, undefined, { file: { text, type, name } });
}

/** 204. */
export const done = (): Answer<204, undefined> => answer(204, undefined);

/** 200 with the version's ETag. */
export const found = <V>(view: V, { etag }: { etag: string }): Answer<200, V> => answer(200, view, { etag });

/** An event stream: what is published under topics, and live reads of our own addresses. */
export interface Events {
  readonly kind: 'events';
  readonly topics: readonly Topic[];
  /** Request targets: `/api/home`. */
  readonly watch: readonly string[];
}

export const events = (what: Omit<Events, 'kind'>): Events => ({ kind: 'events', ...what });

/** 303 to a local path, as every form post ends. Throws a TypeError where the path is not local. */
export function seeOther(at: string): Answer<303, undefined> {
  const base = 'http://local.invalid';
  const url = URL.canParse(at, base) ? new URL(at, base) : undefined;
  // Taking dots out of a path can leave two slashes in front, which name another host to a browser.
  if (!at.startsWith('/') || url?.origin !== base || url.pathname.startsWith('//'))
    throw new TypeError(`"${at}" is not a local path`);
  return answer(303, undefined, { at: `${url.pathname}${url.search}${url.hash}` });
}

/** 303 to another origin, such as the identity provider's. Only ever to an address of our own making. */
export const sendTo = (url: string): Answer<303, undefined> => answer(303, undefined, { at: new URL(url).href });

/**
 * Publishes an event to all who listen to the topic; for a personal topic, to the writer's other screens. `data` is
 * JSON.
 */
export const publish = (topic: Topic, event: string, data: unknown): Effect => ({
  effect: 'publish',
  topic,
  event,
  data,
});

/** Sets one of our own cookies, HttpOnly, for all paths of the host. `maxAge` in seconds. */
export const setCookie = (name: string, value: string, maxAge: number): Effect => ({
  effect: 'cookie',
  name,
  value,
  maxAge,
});

export const clearCookie = (name: string): Effect => setCookie(name, '', 0);

export function isAnswer(value: unknown): value is Answer {
  return (value as Answer | null | undefined)?.kind === 'answer';
}
