import { hash } from 'node:crypto';
import type { WireRequest } from './call.ts';

/** How a document is sent, and which member of its data is the answer. */
export interface DocumentOptions {
  /** The member of `data` that is the answer; null there says that there is none. All of `data` if not given. */
  readonly root?: string;
  /** Send its hash instead of it, and all of it only where the upstream does not know that (automatic persisted queries). */
  readonly persisted?: boolean;
  /** How reads go: POST if not given. By GET an upstream's caches and ETags work. */
  readonly via?: 'GET' | 'POST';
}

/** One GraphQL operation, with what it needs of fragments. */
export interface GraphqlDocument extends DocumentOptions {
  readonly kind: 'query' | 'mutation';
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
}

/**
 * A document: `graphqlDocument('query Page($slug: String!) { page(slug: $slug) { title } }', { root: 'page' })`. It
 * begins with its operation, which has a name; fragments follow. Throws a TypeError for anything else.
 */
export function graphqlDocument(text: string, options: DocumentOptions = {}): GraphqlDocument {
  const trimmed = text.trim();
  const [, kind, name] = /^(query|mutation)\s+(\w+)/.exec(trimmed) ?? [];
  if (kind === undefined || name === undefined)
    throw new TypeError(`A GraphQL document begins with its operation and a name, as "query Page(…) { … }" does`);
  if (kind === 'mutation' && options.via === 'GET')
    throw new TypeError(`The mutation ${name} can't go by GET, which changes nothing`);
  return {
    ...options,
    kind: kind as GraphqlDocument['kind'],
    name,
    text: trimmed,
    hash: hash('sha256', trimmed, 'hex'),
  };
}

/** The request for a document with these variables. Its method, path and body identify it; the hash stands for the text. */
export function graphqlRequest(document: GraphqlDocument, path: string, variables: unknown): WireRequest {
  const { kind, name, text, persisted = false, root } = document;
  const extensions = { persistedQuery: { version: 1, sha256Hash: document.hash } };
  const asked = { operationName: name, ...(isEmpty(variables) ? {} : { variables }) };
  const byHash = { ...asked, extensions };
  const whole = { ...asked, query: text, ...(persisted && { extensions }) };
  const post = { method: 'POST', path, body: JSON.stringify(whole) } as const;
  const answers = kind === 'query' ? { isRead: true } : { isRead: false, answer: 'required' as const };
  if (document.via !== 'GET')
    return {
      method: 'POST',
      path,
      body: JSON.stringify(byHash),
      ...answers,
      graphql: { root, whole: post, persisted },
    };
  const get = { method: 'GET', path: withQuery(path, persisted ? byHash : whole) } as const;
  return { ...get, isRead: true, fields: PREFLIGHTED, graphql: { root, whole: persisted ? post : get, persisted } };
}

/** What Apollo Server wants of a GET, which no other site can send by a form. */
const PREFLIGHTED = ['apollo-require-preflight', 'true'];

const isEmpty = (variables: unknown) =>
  typeof variables !== 'object' || variables === null || Object.keys(variables).length === 0;

/** Objects go as JSON (GraphQL over HTTP, "GET"). */
function withQuery(path: string, members: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(members).map(
    ([key, value]) => `${key}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`,
  );
  return `${path}${path.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}
