import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';
import { aloneOf, criticalPath, type PathStep, type Stretch } from './critical-path.ts';

/** What a call did meanwhile. */
interface Segment extends Stretch {
  readonly kind: 'queue' | 'send' | 'read' | 'parse' | 'pause' | 'cache';
}

/**
 * One call on the time line of its request, or several that went as one: the items of a batch, and what the cache had of
 * them. Times are milliseconds from the request's arrival.
 */
export interface Bar extends Stretch {
  /** The first of them, which stands for all. */
  readonly call: CallTrace;
  readonly calls: readonly CallTrace[];
  readonly segments: readonly Segment[];
  /** Whether the critical path leads through it for a noticeable time. */
  readonly onPath: boolean;
  /** How long no other upstream was in use: what a faster one would save at most. */
  readonly alone: number;
  /** When its upstream's time would be up. */
  readonly timeout: number | undefined;
}

export interface Waterfall {
  readonly bars: readonly Bar[];
  readonly path: readonly PathStep[];
  /** The time line: from the arrival, or from before it where another request's work was shared, to the end. */
  readonly from: number;
  readonly to: number;
  /** Set where the deadline is near enough to be drawn. */
  readonly deadline: number | undefined;
  /** All that went on, one after the other: what went as one counts once. */
  readonly work: number;
}

/** Whether a call failed by itself: an aborted one failed because of another. */
export const hasFailed = ({ outcome }: CallTrace): boolean =>
  outcome !== 'ok' && outcome !== 'not-found' && outcome !== 'aborted';

/** Shorter calls bound nothing noticeable. Milliseconds. */
export const NOTICEABLE = 1;

/** A deadline further away than this many durations is only named. */
const VISIBLE = 2.5;

/** A request's calls in the order in which they began. */
export function waterfallOf({ calls, lead = 0, duration, deadline }: RequestTrace): Waterfall {
  const timed = groupsOf(calls)
    .map((together) => stretchOf(together, lead))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  // An aborted call did not delay anything: something else had ended it.
  const waited = timed.filter(({ call }) => call.outcome !== 'aborted');
  const path = criticalPath(waited, 0, duration);
  const long = path.filter(({ start, end }) => end - start >= NOTICEABLE);
  const onPath = new Set(long.map(({ of }) => (of === undefined ? undefined : waited[of])));
  const bars = timed.map((stretch) => ({
    ...stretch,
    segments: segmentsOf(stretch.call, stretch),
    onPath: onPath.has(stretch),
    alone: aloneOf(
      stretch,
      timed.filter(({ call }) => call.upstream !== stretch.call.upstream),
    ),
    timeout: timeoutOf(stretch.call, stretch),
  }));
  const end = Math.max(duration, ...timed.map((stretch) => stretch.end));
  const near = deadline > 0 && deadline <= end * VISIBLE;
  return {
    bars,
    path,
    from: Math.min(0, ...timed.map(({ start }) => start)),
    to: near ? Math.max(end, deadline) : end,
    deadline: near ? deadline : undefined,
    work: workOf(timed),
  };
}

/** Several sections may have shared one exchange: it counts once, as long as the longest of them waited. */
function workOf(timed: readonly ReturnType<typeof stretchOf>[]): number {
  const spent = new Map<unknown, number>();
  for (const { call, start, end } of timed) {
    const exchange = call.wire?.tries ?? call;
    spent.set(exchange, Math.max(spent.get(exchange) ?? 0, end - start));
  }
  return [...spent.values()].reduce((sum, time) => sum + time, 0);
}

/** Calls of one section that shared one exchange, or that the cache answered alike, stand together. */
function groupsOf(calls: readonly CallTrace[]): CallTrace[][] {
  const groups: CallTrace[][] = [];
  for (const call of calls) {
    const group = groups.find(([first]) => first !== undefined && goTogether(first, call));
    if (group) group.push(call);
    else groups.push([call]);
  }
  return groups;
}

function goTogether(a: CallTrace, b: CallTrace): boolean {
  return (
    a.section === b.section &&
    a.upstream === b.upstream &&
    a.call === b.call &&
    a.cache === b.cache &&
    a.outcome === b.outcome &&
    // The items of one batch share the very list of its attempts.
    a.wire?.tries === b.wire?.tries
  );
}

function stretchOf(calls: readonly CallTrace[], lead: number) {
  const start = Math.min(...calls.map((call) => call.start));
  const end = Math.max(...calls.map((call) => call.start + call.duration));
  return { call: calls[0] as CallTrace, calls, start: lead + start, end: lead + end };
}

function timeoutOf({ wire, joined = 0 }: CallTrace, { start }: Stretch): number | undefined {
  return wire && start - joined + wire.deadline;
}

/** What a call did from its start to its end; of a flight that it joined only what it waited for. */
function segmentsOf({ wire, joined = 0 }: CallTrace, { start, end }: Stretch): Segment[] {
  if (wire === undefined) return [{ kind: 'cache', start, end }];
  const flight = start - joined;
  const segments: Segment[] = [];
  const add = (kind: Segment['kind'], from: number, to: number) => {
    const piece = { kind, start: Math.max(start, from), end: Math.min(end, to) };
    if (piece.end > piece.start) segments.push(piece);
  };
  let at = flight;
  for (const [index, attempt] of wire.tries.entries()) {
    const began = flight + attempt.at;
    add(index === 0 ? 'queue' : 'pause', at, began);
    // An attempt that has not ended is on its way still.
    const ended = attempt.outcome === '' ? end : began + attempt.took;
    const read = index === wire.tries.length - 1 && attempt.outcome === '200' ? Math.min(wire.read, attempt.took) : 0;
    add('send', began, ended - read);
    add('read', ended - read, ended);
    at = ended;
  }
  add(wire.tries.length === 0 ? 'queue' : 'parse', at, end);
  return segments;
}
