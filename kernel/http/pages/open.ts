import type { Operation } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { type Arriving, bytesSoFar, lateSections } from '#kernel/http/read/arriving.ts';
import { cachedRead, render } from '#kernel/http/read/render.ts';
import type { InboundHeaders } from '#kernel/http/request/inbound.ts';
import { type Address, beginPageRead, type PageRead, parseView, toPageRead, type ViewWithMeta } from './page.ts';

/** A page's read that does not wait: the first view at once, and a promise of the view for each part that is late. */
export type PageOpen<V> =
  | {
      readonly ok: true;
      readonly first: ViewWithMeta<V>;
      readonly late: Readonly<Record<string, Promise<ViewWithMeta<V>>>>;
    }
  | { readonly ok: false; readonly problem: ProblemDetails };

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
  const asked = await beginPageRead(engine, operation, address, headers);
  if ('slug' in asked) return { ok: false, problem: asked };
  const { context, caller, record } = asked;
  if (context.cached) {
    const read = cachedRead(context.cached);
    record(read);
    return allAtOnce(toPageRead(engine, read, context));
  }

  const arriving = Promise.withResolvers<Arriving>();
  const rendering = render(engine, context, caller, (flow, composed, running) => {
    running.required.then(() => arriving.resolve({ flow, composed, running })).catch(() => undefined);
  });
  rendering.then(record);
  const early = await Promise.race([arriving.promise, rendering]);
  if (!('running' in early)) return allAtOnce(toPageRead<V>(engine, early, context));

  const late = await lateSections(early);
  const { running } = early;
  // A part that can't be shown as it came is shown as in the complete answer.
  const settled = async () => toPageRead<V>(engine, await rendering, context);
  const lateView = (part: Promise<void> | undefined): Promise<ViewWithMeta<V>> => {
    const view = Promise.resolve(part)
      .then(() => parseView<V>(bytesSoFar(operation, early)))
      .catch(async (thrown) => {
        const read = await settled();
        if (!read.ok) throw thrown;
        return read.view;
      });
    // A page may await it late, or never.
    view.catch(() => undefined);
    return view;
  };
  if (late.length === 0) return allAtOnce(await settled());
  let first: ViewWithMeta<V>;
  try {
    first = parseView(bytesSoFar(operation, early));
  } catch {
    return allAtOnce(await settled());
  }
  return {
    ok: true,
    first,
    late: Object.fromEntries(late.map((name) => [name, lateView(running.optional[name])])),
  };
}

function allAtOnce<V>(read: PageRead<V>): PageOpen<V> {
  return read.ok ? { ok: true, first: read.view, late: {} } : read;
}
