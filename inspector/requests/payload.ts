import { type Line, linesOf, type Mark } from '#inspector/json/json-lines.ts';
import { type JsonPath, type Leaf, leavesOf, pathText } from '#inspector/json/leaves.ts';
import { isHidden } from '#kernel/telemetry/mask.ts';
import type { CallTrace, RequestTrace, SchemaViolation } from '#kernel/telemetry/trace.ts';
import { type Bar, waterfallOf } from './waterfall.ts';

/**
 * The fate of a leaf of an upstream's answer:
 * - `kept`: our answer has its value under the same name
 * - `renamed`: under another name
 * - `dropped`: our answer has it not, or only as something else
 */
type Fate = 'kept' | 'renamed' | 'dropped';

interface Traced extends Leaf {
  readonly fate: Fate;
  /** Where our answer has it. */
  readonly to: string | undefined;
}

/** An upstream's answer compared with ours. */
interface Payload {
  readonly leaves: readonly Traced[];
  readonly kept: number;
  readonly renamed: number;
  readonly dropped: number;
}

/** Our answer's leaves, by value, in which upstreams' leaves are looked up. */
interface ViewIndex {
  readonly byValue: ReadonlyMap<string, readonly Leaf[]>;
}

export function indexOf(view: unknown): ViewIndex {
  return { byValue: Map.groupBy(leavesOf(view), ({ value }) => keyOf(value)) };
}

/** Finds each leaf of an upstream's answer again in ours, by its value and by its name. Every leaf gets one fate. */
export function payloadOf(answer: unknown, { byValue }: ViewIndex): Payload {
  const count = { kept: 0, renamed: 0, dropped: 0 };
  const leaves = leavesOf(answer).map((leaf): Traced => {
    const found = findIn(byValue.get(keyOf(leaf.value)) ?? [], leaf);
    const fate = found === undefined ? 'dropped' : nameOf(found.path) === nameOf(leaf.path) ? 'kept' : 'renamed';
    count[fate]++;
    return { ...leaf, fate, to: found && pathText(found.path) };
  });
  return { leaves, ...count };
}

const keyOf = (value: unknown) => JSON.stringify(value) ?? '';

/**
 * The likeliest of several: of the same name, then of one name that contains the other, then any if the value is
 * distinctive.
 */
function findIn(candidates: readonly Leaf[], { path, value }: Leaf): Leaf | undefined {
  const name = nameOf(path);
  return (
    nearest(
      candidates.filter((candidate) => nameOf(candidate.path) === name),
      path,
    ) ??
    nearest(
      candidates.filter((candidate) => areAkin(nameOf(candidate.path), name)),
      path,
    ) ??
    (isTelling(value) ? nearest(candidates, path) : undefined)
  );
}

/** The name that a value goes by, as `long_description` and `longDescription` are one; an array's items go by its name. */
function nameOf(path: JsonPath): string {
  const name = path.findLast((step) => typeof step === 'string') ?? '';
  return String(name)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

const areAkin = (a: string, b: string) => a.length > 1 && b.length > 1 && (a.includes(b) || b.includes(a));

/** Whether two places with this value have it from each other, and not by chance as two with `true` or `4` may. */
function isTelling(value: unknown): boolean {
  if (isHidden(value)) return false;
  if (typeof value === 'string') return value.length >= 3;
  return typeof value === 'number' && (Math.abs(value) >= 100 || !Number.isInteger(value));
}

/** The candidate that shares most steps of the path: of a list's items the one at the same index. */
function nearest(candidates: readonly Leaf[], path: JsonPath): Leaf | undefined {
  let found: Leaf | undefined;
  let best = -1;
  for (const candidate of candidates) {
    const shared = candidate.path.filter((step) => path.includes(step)).length;
    if (shared > best) {
      found = candidate;
      best = shared;
    }
  }
  return found;
}

/** The answer of one call, or of several that went as one, and the fate of its fields. */
export interface CallPayload {
  readonly bar: Bar;
  /** None if nothing of it was recorded. */
  readonly lines: readonly Line[];
  readonly count: Pick<Payload, 'kept' | 'renamed' | 'dropped'>;
  readonly violations: readonly SchemaViolation[];
}

/** Upstreams' answers beside ours. */
interface Ledger {
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
  const kept = calls.flatMap(({ answer }) => (answer === undefined ? [] : [JSON.parse(answer) as unknown]));
  return calls.length === 1 || kept.length === 0 ? kept[0] : kept;
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
export const violationWords = ({ expected, actual: seen }: SchemaViolation): string =>
  `${expected} was due, ${seen} came`;

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
