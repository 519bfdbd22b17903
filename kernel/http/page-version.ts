import { Cancellation } from '#kernel/base/cancellation.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { type Address, targetFor } from './address.ts';
import type { Failed, Read } from './compose.ts';
import type { Engine } from './engine.ts';
import type { Trouble } from './failure.ts';
import { fitting, TELLING } from './fitting.ts';
import type { InboundHeaders } from './inbound.ts';
import { admitPage, parseView } from './page.ts';
import { perform } from './perform.ts';
import { troubled } from './report.ts';
import { represent } from './representation.ts';
import { tellRead } from './tell-read.ts';

/** A versioned resource for a page, with the ETag that a change of it has to name. */
export type PageVersion<V> =
  | { readonly ok: true; readonly view: V; readonly etag: string | undefined }
  | { readonly ok: false; readonly trouble: Trouble };

/** Reads a resource whose operation answers 200 with an ETag of its own, through the same checks as the API. */
export async function readVersion<V>(
  engine: Engine,
  operation: Operation,
  address: Address,
  headers: InboundHeaders,
): Promise<PageVersion<V>> {
  const began = performance.now();
  const caller = new Cancellation();
  const admitted = await admitPage(engine, operation, address, headers, caller);
  if ('slug' in admitted) return { ok: false, trouble: admitted };
  const performed = await perform(engine, admitted, caller);
  const { contract } = operation;
  const { flow } = performed;
  const { calls, reads: seen } = flow;
  const by = { requestId: flow.requestId, startedAt: flow.startedAt };
  const asked = { method: 'PAGE', target: targetFor(operation, address), headers, began } as const;
  const tell = (read: Read | Failed) => tellRead(engine, asked, admitted, read);
  try {
    const { made } = await fitting(engine, admitted, performed, ({ outcome }) => {
      if (!outcome.ok) throw outcome.thrown;
      const { view, etag } = outcome.answer ?? {};
      return { bytes: Buffer.from(JSON.stringify(contract.answers?.[200]?.parse(view, TELLING))), etag };
    });
    const { bytes, etag } = made;
    const representation = represent(contract, 'no-store', bytes, etag);
    tell({ representation, sections: {}, calls, composite: undefined, cache: 'bypass', personal: true, seen, by });
    return { ok: true, view: parseView<V>(bytes), etag };
  } catch (thrown) {
    tell({ thrown, calls, seen, by });
    return { ok: false, trouble: troubled(engine, thrown, admitted.requestId, contract) };
  }
}
