import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './until.ts';

/** A span as it came over OTLP/HTTP in JSON. */
export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client (opentelemetry-proto, `Span.SpanKind`). */
  readonly kind: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2 is an error. */
  readonly status: number;
  /** Of the service that sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A collector on a real port. */
export interface Collector {
  readonly url: string;
  readonly spans: SeenSpan[];
  /** The bodies that came, as they were. */
  readonly bodies: string[];
  readonly headers: IncomingMessage['headers'][];
  /** How it answers; 200 and `{}` at first. */
  answer: (response: ServerResponse, request: IncomingMessage) => void;
  /** Waits for a span that fits. */
  seen(what: string, fits: (span: SeenSpan) => boolean): Promise<SeenSpan>;
  /** All spans of one trace. */
  trace(traceId: string): SeenSpan[];
  close(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    collector.headers.push(request.headers);
    collector.bodies.push(body);
    collector.spans.push(...spansIn(JSON.parse(body)));
    collector.answer(response, request);
  });
  const collector: Collector = {
    url: '',
    spans: [],
    bodies: [],
    headers: [],
    answer: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    async seen(what, fits) {
      await until(`${what} is exported`, () => collector.spans.some(fits));
      return collector.spans.find(fits) as SeenSpan;
    },
    trace: (traceId) => collector.spans.filter((span) => span.traceId === traceId),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(collector, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

interface Wire {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}
interface Pair {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface WireSpan extends Pick<SeenSpan, 'traceId' | 'spanId' | 'parentSpanId' | 'name' | 'kind' | 'links'> {
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Pair[];
  readonly status: { readonly code: number };
}

const spansIn = ({ resourceSpans }: Wire): SeenSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        attributes: plain(span.attributes),
        status: span.status.code,
        resource: plain(resource.attributes),
      })),
    ),
  );

const plain = (pairs: readonly Pair[]) =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
