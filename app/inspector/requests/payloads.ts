import type { CallTrace, RequestTrace, SchemaViolation } from '#kernel/telemetry/trace.ts';
import { type Line, linesOf, type Mark } from './json-lines.ts';
import { pathText } from './leaves.ts';
import { indexOf, type Payload, payloadOf } from './payload.ts';
import { type Bar, waterfallOf } from './waterfall.ts';

/** The answer of one call, or of several that went as one, and the fate of its fields. */
export interface CallPayload {
  readonly bar: Bar;
  /** None if nothing of it was recorded. */
  readonly lines: readonly Line[];
  readonly count: Pick<Payload, 'kept' | 'renamed' | 'dropped'>;
  readonly violations: readonly SchemaViolation[];
}

/** Upstreams' answers beside ours. */
export interface Ledger {
  /** In the order of the time line. */
  readonly calls: readonly CallPayload[];
  readonly view: readonly Line[] | undefined;
  /** Fields of ours that no answer has as they are. */
  readonly made: number;
  readonly total: Pick<Payload, 'kept' | 'renamed' | 'dropped'>;
  readonly bytesIn: number;
}

/** Of lists the first `items` are shown. */
export function ledgerOf(trace: RequestTrace, items: number): Ledger {
  const { calls, capture } = trace;
  const view: unknown = capture?.view === undefined ? undefined : withoutMeta(JSON.parse(capture.view));
  const index = indexOf(view);
  const origins = new Map<string, string>();
  const total = { kept: 0, renamed: 0, dropped: 0 };
  const payloads = waterfallOf(trace).bars.map((bar): CallPayload => {
    const json = answerOf(bar.calls);
    const violations = violationsOf(bar.calls);
    if (json === undefined) return { bar, lines: [], count: { kept: 0, renamed: 0, dropped: 0 }, violations };
    const { leaves, ...count } = payloadOf(json, index);
    const marks = new Map<string, Mark>();
    for (const { path, fate, to } of leaves) {
      const at = pathText(path);
      total[fate]++;
      if (to !== undefined && !origins.has(to)) origins.set(to, `${bar.call.upstream} ${at}`);
      marks.set(at, markOf(at, violations) ?? { fate, note: fate === 'renamed' ? `→ ${to}` : undefined });
    }
    return { bar, lines: linesOf(json, marks, items), count, violations };
  });
  const viewMarks = new Map<string, Mark>();
  let made = 0;
  for (const leaf of [...index.byValue.values()].flat()) {
    const at = pathText(leaf.path);
    const origin = origins.get(at);
    if (origin === undefined) made++;
    viewMarks.set(at, origin === undefined ? { fate: 'made' } : { fate: 'kept', note: `← ${origin}` });
  }
  const shown = view === undefined ? undefined : linesOf(view, viewMarks, items);
  return { calls: payloads, view: shown, made: shown ? made : 0, total, bytesIn: bytesInOf(calls) };
}

/** What a call brought; of several the list of it. */
function answerOf(calls: readonly CallTrace[]): unknown {
  const answers = calls.flatMap(({ answer }) => (answer === undefined ? [] : [JSON.parse(answer) as unknown]));
  return calls.length === 1 || answers.length === 0 ? answers[0] : answers;
}

/** Where answers violated their schema, by the paths that they have in the shown JSON. */
function violationsOf(calls: readonly CallTrace[]): SchemaViolation[] {
  const found = new Map<string, SchemaViolation>();
  for (const { wire } of calls) {
    for (const violation of wire?.violations ?? []) {
      const path =
        calls.length === 1 ? violation.path : `[]${violation.path.startsWith('[') ? '' : '.'}${violation.path}`;
      found.set(path, { ...violation, path });
    }
  }
  return [...found.values()];
}

/** A violation has no list index, and covers all that lies below its path. */
function markOf(at: string, violations: readonly SchemaViolation[]): Mark | undefined {
  const path = at.replaceAll(/\[\d+\]/g, '[]');
  const violation = violations.find(
    (one) => path === one.path || path.startsWith(`${one.path}.`) || path.startsWith(`${one.path}[`),
  );
  return violation && { fate: 'broken', note: violationWords(violation) };
}

/** `number was due, string came` */
export const violationWords = ({ expected, actual }: SchemaViolation): string => `${expected} was due, ${actual} came`;

/** Bytes that upstreams sent for these calls. The calls of one batch share its attempts, and its bytes count once. */
export function bytesInOf(calls: readonly CallTrace[]): number {
  const sent = new Map(calls.flatMap(({ wire }) => (wire ? [[wire.tries, wire.bytesIn] as const] : [])));
  return [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** `meta` belongs to the frame of an answer, not to what upstreams have sent. */
function withoutMeta(view: unknown): unknown {
  if (typeof view !== 'object' || view === null || Array.isArray(view)) return view;
  const { meta: _, ...rest } = view as Record<string, unknown>;
  return rest;
}
