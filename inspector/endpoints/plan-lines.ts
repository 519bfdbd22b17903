import type { Operation } from '#kernel/contract/operation.ts';
import { plan } from '#kernel/contract/plan.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';

/** One line of an operation's plan: a section, and the calls that it begins with. */
export interface PlanLine {
  /** `related.prices`; empty for code that asks before it says what its answer is made of. */
  readonly section: string;
  /** How much the answer needs it; `later` for what shows only once an earlier call is answered. */
  readonly need: 'subject' | 'required' | 'optional' | 'later';
  readonly depth: number;
  readonly calls: readonly PlannedLine[];
}

interface PlannedLine {
  readonly upstream: string;
  readonly label: string;
  readonly personal: boolean;
  readonly batched: boolean;
}

/** What an operation starts with for its example, section by section, and what traces say that it asks for later. */
export function planLines(operation: Operation, traces: readonly RequestTrace[]): PlanLine[] {
  const planned = plan(operation);
  const lines = [...Map.groupBy(planned, ({ section }) => section)].map(([section, calls]) => ({
    section,
    need: calls[0]?.need ?? 'required',
    depth: depthOf(section),
    calls: calls.map(({ call }) => ({
      upstream: call.upstream.name,
      label: call.label,
      personal: call.privacy === 'private',
      batched: 'batch' in call.request,
    })),
  }));
  const labels = new Set(planned.map(({ call }) => `${call.upstream.name} ${call.label}`));
  const later = new Map<string, PlanLine>();
  for (const trace of traces) {
    if (trace.operation !== operation.contract.id) continue;
    for (const { section, upstream, call, personal } of trace.calls) {
      if (labels.has(`${upstream} ${call}`)) continue;
      labels.add(`${upstream} ${call}`);
      const made = { upstream, label: call, personal, batched: call.startsWith('batch ') };
      // Code that awaits a call outside any section is recorded under its upstream's name.
      const label = section === upstream ? '' : section;
      const line = later.get(label);
      later.set(label, { section: label, need: 'later', depth: depthOf(label), calls: [...(line?.calls ?? []), made] });
    }
  }
  return [...lines, ...later.values()];
}

const depthOf = (section: string): number => (section === '' ? 0 : section.split('.').length - 1);

/** Whether an operation calls an upstream, as far as its plan shows. */
export const callsUpstream = (operation: Operation, upstream: string): boolean =>
  plan(operation).some(({ call }) => call.upstream.name === upstream);
