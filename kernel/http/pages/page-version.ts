import type { Operation } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { fitView, WITH_INPUT } from '#kernel/http/engine/fit-view.ts';
import { perform } from '#kernel/http/engine/perform.ts';
import { reportProblem } from '#kernel/http/engine/report.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import type { InboundHeaders } from '#kernel/http/request/inbound.ts';
import { represent } from '#kernel/http/response/representation.ts';
import type { Address } from './address.ts';
import { beginPageRead, parseView } from './page.ts';

/** A versioned resource for a page, with the ETag that a change of it has to name. */
type PageVersion<V> =
  | { readonly ok: true; readonly view: V; readonly etag: string | undefined }
  | { readonly ok: false; readonly problem: ProblemDetails };

/** Reads a resource whose operation answers 200 with an ETag of its own, through the same checks as the API. */
export async function readVersion<V>(
  engine: Engine,
  operation: Operation,
  address: Address,
  headers: InboundHeaders,
): Promise<PageVersion<V>> {
  const asked = await beginPageRead(engine, operation, address, headers);
  if ('slug' in asked) return { ok: false, problem: asked };
  const { context, caller, record } = asked;
  const performed = await perform(engine, context, caller);
  const { contract } = operation;
  const { flow } = performed;
  const { calls, reads: dependencies } = flow;
  const by = { requestId: flow.requestId, startedAt: flow.startedAt, trace: flow.trace };
  try {
    const { made } = await fitView(engine, context, performed, ({ outcome }) => {
      if (!outcome.ok) throw outcome.thrown;
      const { view, etag } = outcome.answer ?? {};
      return { bytes: Buffer.from(JSON.stringify(contract.answers?.[200]?.parse(view, WITH_INPUT))), etag };
    });
    const { bytes, etag } = made;
    const representation = represent(contract, 'no-store', bytes, etag);
    record({
      representation,
      sections: {},
      calls,
      cachedResponse: undefined,
      cache: 'bypass',
      personal: true,
      dependencies,
      by,
    });
    return { ok: true, view: parseView<V>(bytes), etag };
  } catch (thrown) {
    record({ thrown, calls, dependencies, by });
    return { ok: false, problem: reportProblem(engine, thrown, context.requestId, contract) };
  }
}
