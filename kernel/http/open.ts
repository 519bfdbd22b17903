import { setImmediate } from 'node:timers/promises';
import { Cancellation } from '#kernel/base/cancellation.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import type { Flow } from '#kernel/flow/flow.ts';
import type { Running } from '#kernel/flow/run.ts';
import type { Composed } from '#kernel/flow/tools.ts';
import type { Address } from './address.ts';
import { compositeKey, findKept, render, toBytes } from './compose.ts';
import type { Engine } from './engine.ts';
import type { Trouble } from './failure.ts';
import type { InboundHeaders } from './inbound.ts';
import { admitPage, type PageRead, parseView, tellPage, toPageRead, type Whole } from './page.ts';

/** A page's read that does not wait: the first view at once, and a promise of the view for each part that is late. */
export type PageOpen<V> =
  | { readonly ok: true; readonly first: Whole<V>; readonly late: Readonly<Record<string, Promise<Whole<V>>>> }
  | { readonly ok: false; readonly trouble: Trouble };

interface Arriving {
  readonly flow: Flow;
  readonly composed: Composed;
  readonly running: Running;
}

/**
 * Opens an operation for a page: its first view is there as soon as the subject and the required sections are. Late parts
 * are `pending` in it; each one's promise gives the view with that part in it, or without it, but never rejects for it.
 */
export async function openForPage<V>(
  engine: Engine,
  operation: Operation,
  address: Address,
  headers: InboundHeaders,
): Promise<PageOpen<V>> {
  const began = performance.now();
  const caller = new Cancellation();
  const admitted = await admitPage(engine, operation, address, headers, caller);
  if ('slug' in admitted) return { ok: false, trouble: admitted };
  const key = compositeKey(engine, admitted);
  const kept = key === undefined ? undefined : findKept(engine, key);
  if (kept) return wholeAtOnce(toPageRead(engine, kept, admitted));

  const arriving = Promise.withResolvers<Arriving>();
  const whole = render(engine, admitted, caller, key, (flow, composed, running) => {
    running.required.then(() => arriving.resolve({ flow, composed, running })).catch(() => undefined);
  });
  whole.then((read) => tellPage(operation, address, admitted, read, began));
  const early = await Promise.race([arriving.promise, whole]);
  if (!('running' in early)) return wholeAtOnce(toPageRead<V>(engine, early, admitted));

  // What the caches hold is in by now, if it is given a turn.
  await setImmediate();
  const { running } = early;
  const lateView = (part: Promise<void> | undefined): Promise<Whole<V>> => {
    const view = Promise.resolve(part).then(() => viewOf<V>(operation, early));
    // A page may come to it late, or never.
    view.catch(() => undefined);
    return view;
  };
  const late = Object.keys(running.optional).filter((name) => !(name in running.values));
  if (late.length === 0) return wholeAtOnce(toPageRead<V>(engine, await whole, admitted));
  return {
    ok: true,
    first: viewOf(operation, early),
    late: Object.fromEntries(late.map((name) => [name, lateView(running.optional[name])])),
  };
}

function wholeAtOnce<V>(read: PageRead<V>): PageOpen<V> {
  return read.ok ? { ok: true, first: read.view, late: {} } : read;
}

/** The view as it stands: what is not in yet is `pending`. */
function viewOf<V>({ contract }: Operation, { flow, composed, running }: Arriving): Whole<V> {
  const sections: Record<string, SectionStatus> = { ...flow.statuses };
  for (const name of Object.keys(running.optional)) {
    if (!(name in running.values)) sections[name] = { state: 'pending' };
  }
  return parseView(toBytes(contract.output, composed.reshape(running.values as never), sections));
}
