import { nextSpan, spanId } from '#kernel/telemetry/context/trace-context.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';
import { type Calls, callSpans } from './call-spans.ts';
import { requestSpan } from './request-span.ts';
import { type Span, type SpanTree, type Surroundings, within } from './span.ts';

/**
 * The spans of a finished request: request → section → call → attempt. A section has a span where it says more than its
 * call: where there are several, or where it is not as it should be. Undefined where it is in no trace.
 */
export function spanTree(trace: RequestTrace, place: Surroundings): SpanTree | undefined {
  const { context, calls, lead = 0, composer } = trace;
  if (context === undefined) return undefined;
  const root = requestSpan(trace, context, place);
  // What was composed for another request is in its trace, to which this one links.
  if (composer !== undefined) return { context, spans: [root] };
  const common: Calls = { context, place, began: root.start + lead, shown: new Set() };
  const sections = sectionSpans(trace, root, common.began);
  const ofCalls = [...calls]
    .sort((a, b) => a.start - b.start)
    .flatMap((call) => callSpans(call, parentOf(call.section, sections) ?? root, common));
  return { context, spans: [root, ...sections.values(), ...ofCalls] };
}

/** By path: `related`, then `related.prices`. */
function sectionSpans({ calls, sections }: RequestTrace, root: Span, began: number): Map<string, Span> {
  const spans = new Map<string, Span>();
  for (const [path, below] of callsBySection(calls)) {
    const reported = sections[path];
    if (below.length < 2 && reported === undefined) continue;
    const parent = parentOf(path.slice(0, Math.max(0, path.lastIndexOf('.'))), spans) ?? root;
    const start = began + Math.min(...below.map((call) => call.start));
    const end = began + Math.max(...below.map((call) => call.start + call.duration));
    spans.set(path, {
      id: spanId(nextSpan()),
      parentId: parent.id,
      isRemoteChild: false,
      name: path,
      kind: 'internal',
      ...within(parent, start, end),
      attributes: {
        'tributary.section': path,
        ...(reported && { 'tributary.section.state': reported.state }),
        ...(reported?.reason && { 'tributary.section.reason': reported.reason }),
      },
      links: [],
      failed: false,
    });
  }
  return spans;
}

/** The calls of each section, with those of the sections in it; outer sections first. */
function callsBySection(calls: readonly CallTrace[]): [string, CallTrace[]][] {
  const found = new Map<string, CallTrace[]>();
  for (const call of calls) {
    const steps = call.section.split('.');
    for (let depth = 1; depth <= steps.length; depth++) {
      const path = steps.slice(0, depth).join('.');
      const known = found.get(path);
      if (known) known.push(call);
      else found.set(path, [call]);
    }
  }
  return [...found].sort(([a], [b]) => a.split('.').length - b.split('.').length);
}

/** The span of the innermost section around a path that has one. */
function parentOf(path: string, spans: ReadonlyMap<string, Span>): Span | undefined {
  for (let around = path; around !== ''; around = around.slice(0, Math.max(0, around.lastIndexOf('.')))) {
    const span = spans.get(around);
    if (span) return span;
  }
  return undefined;
}
