import { hash } from 'node:crypto';
import { json, type Seen, startUpstream, type TestUpstream } from './upstream.ts';

/** A question as the upstream understood it. */
export interface Asked {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface GraphqlUpstream extends TestUpstream {
  /** Answers what is asked: `data` and `errors`. */
  answer: (asked: Asked) => unknown;
  /** Documents by hash. */
  readonly documents: Map<string, string>;
  /** Whether it takes hashes. */
  persists: boolean;
  /** The status of a document that it does not know. */
  statusOfUnknown: number;
}

/** GraphQL over HTTP by GET and POST, with automatic persisted queries: as servers do it, with answers written by hand. */
export async function startGraphql(): Promise<GraphqlUpstream> {
  const upstream = await startUpstream();
  const server: GraphqlUpstream = Object.assign(upstream, {
    answer: () => ({ data: {} }),
    documents: new Map<string, string>(),
    persists: true,
    statusOfUnknown: 200,
  });
  server.otherwise = (response, seen) => {
    const { query, operationName, variables, extensions } = questionIn(seen);
    const sha256 = extensions?.persistedQuery?.sha256Hash;
    const refusal = (message: string, code: string) =>
      json(response, { errors: [{ message, extensions: { code } }] }, server.statusOfUnknown);
    if (sha256 !== undefined && !server.persists)
      return refusal('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED');
    if (query === undefined && sha256 !== undefined && !server.documents.has(sha256))
      return refusal('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND');
    if (query !== undefined && sha256 !== undefined) {
      if (hash('sha256', query, 'hex') !== sha256) return refusal('provided sha does not match query', 'BAD_REQUEST');
      server.documents.set(sha256, query);
    }
    const text = query ?? server.documents.get(sha256 ?? '') ?? '';
    json(response, server.answer({ query: text, operationName, variables: variables ?? {} }));
  };
  return server;
}

interface Question extends Partial<Asked> {
  readonly extensions?: { readonly persistedQuery?: { readonly sha256Hash?: string } };
}

/** What stands in the body or in the address. */
export function questionIn({ method, path, body }: Seen): Question {
  if (method === 'POST') return JSON.parse(body) as Question;
  const { searchParams } = new URL(path, 'http://upstream.test');
  const read = (name: string) => JSON.parse(searchParams.get(name) ?? 'null') ?? undefined;
  return {
    query: searchParams.get('query') ?? undefined,
    operationName: searchParams.get('operationName') ?? undefined,
    variables: read('variables'),
    extensions: read('extensions'),
  } as Question;
}
