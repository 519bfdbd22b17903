import type { SectionState } from '#kernel/base/section.ts';
import type { CallTrace, RequestTrace } from './trace.ts';

/** Which part of an operation's answers suffered, and how often among the recorded traces. */
export interface Harm {
  readonly operation: string;
  /** The section that was reported; empty if the answer failed. */
  readonly section: string;
  /** How the section was answered; `failed` if there was no answer at all, `covered` if the client noticed nothing. */
  readonly how: SectionState | 'failed' | 'covered';
  count: number;
  /** The newest request that shows it. */
  readonly trace: string;
}

/** Whether a call failed through its upstream's fault. */
export const isHurt = ({ outcome }: CallTrace): boolean =>
  outcome !== 'ok' && outcome !== 'not-found' && outcome !== 'aborted';

/**
 * What the calls that `blames` picks have done to answers; the most frequent harm comes first. Traces come newest
 * first.
 */
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
  // A missing section is reported by its own path, not by its parts.
  const reported = Object.keys(sections).find((path) => section === path || section.startsWith(`${path}.`));
  if (reported !== undefined) return { section: reported, how: sections[reported]?.state ?? 'missing' };
  return status >= 500 ? { section: '', how: 'failed' } : { section, how: 'covered' };
}
