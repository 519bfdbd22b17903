import { Cancellation } from '#kernel/base/cancellation.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { requestIdFrom, traceIdFrom } from '#kernel/telemetry/ids.ts';
import { keepTrace } from '#kernel/telemetry/trace.ts';
import { type Address, targetFor } from './address.ts';
import { admit } from './admission.ts';
import { compose } from './compose.ts';
import type { Engine } from './engine.ts';
import { type Trouble, troubleOf } from './failure.ts';
import { header, type Inbound, type InboundHeaders } from './inbound.ts';
import type { Admitted } from './perform.ts';
import { readQuery } from './query.ts';

/** A view as clients get it, with how whole it is. */
export type Whole<V> = V & {
  readonly meta: { readonly complete: boolean; readonly sections: Readonly<Record<string, SectionStatus>> };
};

/** A page's read of an operation, or why there is none. */
export type PageRead<V> =
  | { readonly ok: true; readonly view: Whole<V>; readonly requestId: string }
  | { readonly ok: false; readonly trouble: Trouble };

/** Reads an operation for a page, through the same checks and caches as the API. */
export async function readForPage<V>(
  engine: Engine,
  operation: Operation,
  address: Address,
  headers: InboundHeaders,
): Promise<PageRead<V>> {
  const began = performance.now();
  const target = targetFor(operation, address);
  const caller = new Cancellation();
  const inbound: Inbound = { method: 'GET', target, headers, body: undefined, gone: caller };
  const admitted = await admitPage(engine, operation, address, inbound);
  if ('slug' in admitted) return { ok: false, trouble: admitted };
  const read = await compose(engine, admitted, caller);
  const failed = 'thrown' in read;
  keepTrace({
    id: admitted.requestId,
    at: Date.now(),
    method: 'PAGE',
    target,
    operation: operation.contract.id,
    lane: admitted.lane.name,
    status: failed ? 500 : 200,
    duration: performance.now() - began,
    deadline: admitted.deadline,
    bytesOut: failed ? 0 : read.representation.bytes.length,
    cache: failed ? 'bypass' : read.cache,
    sections: failed ? {} : read.sections,
    calls: read.calls,
  });
  if (failed) return { ok: false, trouble: troubleOf(read.thrown) };
  const view = JSON.parse(Buffer.from(read.representation.bytes).toString('utf8')) as Whole<V>;
  return { ok: true, view, requestId: admitted.requestId };
}

async function admitPage(
  engine: Engine,
  operation: Operation,
  address: Address,
  inbound: Inbound,
): Promise<Admitted | Trouble> {
  const target = readQuery(inbound.target);
  if (target.tooLong) return { slug: 'target-too-long' };
  const { segments } = operation.route;
  const parameters: Record<string, string> = {};
  for (const segment of segments) {
    if ('parameter' in segment) parameters[segment.parameter] = encodeURIComponent(address[segment.parameter] ?? '');
  }
  // A page is HTML to its reader; the operation behind it answers JSON all the same.
  const headers = { ...inbound.headers, accept: undefined };
  return admit(engine, operation, parameters, {
    inbound: { ...inbound, headers },
    target,
    requestId: requestIdFrom(header(headers, 'x-request-id')),
    traceId: traceIdFrom(header(headers, 'traceparent')),
  });
}
