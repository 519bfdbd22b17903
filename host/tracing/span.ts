import type { TraceContext } from '#kernel/telemetry/context/trace-context.ts';

/** One span as it will be exported. Times are milliseconds since 1970, with fractions. */
export interface Span {
  readonly id: string;
  /** The span that it is part of; undefined where the trace begins with it. */
  readonly parentId: string | undefined;
  /** Whether its parent is a caller's. */
  readonly isRemoteChild: boolean;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  /** Spans of other requests that it has to do with. */
  readonly links: readonly SpanLink[];
  readonly failed: boolean;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

export type Attributes = Readonly<Record<string, string | number | boolean | string[]>>;

/** All spans of one request. */
export interface SpanTree {
  readonly context: TraceContext;
  /** The first is the request's own. */
  readonly spans: readonly Span[];
}

/** What spans say of the place: operations by id, upstreams by name. */
export interface Surroundings {
  /** Our own origin. */
  readonly publicUrl: string;
  readonly operations: ReadonlyMap<string, AboutOperation>;
  readonly upstreams: Readonly<Record<string, { readonly url: string }>>;
}

export interface AboutOperation {
  /** `/api/orders/{id}` */
  readonly template: string;
  readonly audience: 'public' | 'either' | 'personal';
}

/** A stretch of time within another. */
export function within(outer: Pick<Span, 'start' | 'end'>, start: number, end: number): Pick<Span, 'start' | 'end'> {
  const from = Math.min(Math.max(start, outer.start), outer.end);
  return { start: from, end: Math.min(Math.max(end, from), outer.end) };
}
