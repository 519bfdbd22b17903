import { pathText } from '#kernel/telemetry/leaves.ts';
import { indexOf, type Payload, payloadOf } from '#kernel/telemetry/payload.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';
import { type Line, linesOf, type Mark } from './json-lines.ts';

/** What one call brought, and what became of it. */
export interface CallPayload {
  readonly call: CallTrace;
  readonly lines: readonly Line[];
  readonly count: Pick<Payload, 'kept' | 'renamed' | 'dropped'>;
  readonly broken: number;
}

/** Upstreams' answers beside ours. */
export interface Ledger {
  readonly calls: readonly CallPayload[];
  readonly view: readonly Line[] | undefined;
  /** Fields of ours that no answer has as they are. */
  readonly made: number;
  readonly bytesIn: number;
}

/** Of lists the first `items` are shown. */
export function ledgerOf({ calls, capture }: RequestTrace, items: number): Ledger {
  const view: unknown = capture?.view === undefined ? undefined : withoutMeta(JSON.parse(capture.view));
  const index = indexOf(view);
  const origins = new Map<string, string>();
  const told = calls.map((call): CallPayload => {
    const json: unknown = call.answer === undefined ? undefined : JSON.parse(call.answer);
    if (call.answer === undefined) return { call, lines: [], count: { kept: 0, renamed: 0, dropped: 0 }, broken: 0 };
    const { leaves, ...count } = payloadOf(json, index);
    const misfits = new Map(call.wire?.misfits?.map((misfit) => [misfit.path, misfit]));
    const marks = new Map<string, Mark>();
    let broken = 0;
    for (const { path, fate, to } of leaves) {
      const at = pathText(path);
      const misfit = misfits.get(at.replaceAll(/\[\d+\]/g, '[]'));
      if (misfit) broken++;
      if (to !== undefined && !origins.has(to)) origins.set(to, `${call.upstream} ${at}`);
      marks.set(
        at,
        misfit
          ? { fate: 'broken', note: `${misfit.expected} was due, ${misfit.seen} came` }
          : { fate, note: fate === 'renamed' ? `→ ${to}` : undefined },
      );
    }
    return { call, lines: linesOf(json, marks, items), count, broken };
  });
  const viewMarks = new Map<string, Mark>();
  let made = 0;
  for (const leaf of [...index.byValue.values()].flat()) {
    const at = pathText(leaf.path);
    const origin = origins.get(at);
    if (origin === undefined) made++;
    viewMarks.set(at, origin === undefined ? { fate: 'made' } : { fate: 'kept', note: `← ${origin}` });
  }
  return {
    calls: told,
    view: view === undefined ? undefined : linesOf(view, viewMarks, items),
    made: view === undefined ? 0 : made,
    bytesIn: bytesInOf(calls),
  };
}

/** Bytes that upstreams sent for these calls. The calls of one batch share its attempts, and its bytes count once. */
export function bytesInOf(calls: readonly CallTrace[]): number {
  const sent = new Map(calls.flatMap(({ wire }) => (wire ? [[wire.tries, wire.bytesIn] as const] : [])));
  return [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** How whole it is belongs to the frame of an answer, not to what upstreams have sent. */
function withoutMeta(view: unknown): unknown {
  if (typeof view !== 'object' || view === null || Array.isArray(view)) return view;
  const { meta: _, ...rest } = view as Record<string, unknown>;
  return rest;
}
