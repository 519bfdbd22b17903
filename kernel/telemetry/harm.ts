import type { SectionState } from '#kernel/base/section.ts';
import type { CallTrace, RequestTrace } from './trace.ts';

/** Which part of an operation's answers suffered, and how often among the traces that are kept. */
export interface Harm {
  readonly operation: string;
  /** The section that was reported; empty where the whole answer failed. */
  readonly section: string;
  /** How the section was answered; `failed` where there was no answer at all, `covered` where nobody noticed. */
  readonly how: SectionState | 'failed' | 'covered';
  count: number;
  /** The newest request that shows it. */
  readonly trace: string;
}

/** Whether a call came to nothing that its upstream is to blame for. */
export const isHurt = ({ outcome }: CallTrace): boolean =>
  outcome !== 'ok' && outcome !== 'not-found' && outcome !== 'aborted';

/** What the calls that `blames` picks have done to answers; what was hurt most comes first. Traces come newest first. */
export function harmOf(traces: readonly RequestTrace[], blames: (call: CallTrace) => boolean): Harm[] {
  const found = new Map<string, Harm>();
  for (const trace of traces) {
    const counted = new Set<string>();
    for (const call of trace.calls) {
      if (!blames(call)) continue;
      const { section, how } = effectOf(trace, call);
      const key = `${trace.operation} ${section} ${how}`;
      if (counted.has(key)) continue;
      counted.add(key);
      const harm = found.get(key);
      if (harm) harm.count++;
      else found.set(key, { operation: trace.operation, section, how, count: 1, trace: trace.id });
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}

function effectOf({ sections, status }: RequestTrace, { section }: CallTrace): Pick<Harm, 'section' | 'how'> {
  // What is missing whole is reported as a whole, not by its parts.
  const reported = Object.keys(sections).find((path) => section === path || section.startsWith(`${path}.`));
  if (reported !== undefined) return { section: reported, how: sections[reported]?.state ?? 'missing' };
  return status >= 500 ? { section: '', how: 'failed' } : { section, how: 'covered' };
}
