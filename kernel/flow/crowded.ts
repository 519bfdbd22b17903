import { type CallError, callError, withDetails } from '#kernel/base/call-error.ts';
import { originOf } from '#kernel/upstream/calls/call.ts';
import { queueTimeout } from '#kernel/upstream/exchange/call-stages.ts';
import { isCrowded } from '#kernel/upstream/resilience/bulkhead.ts';
import { below, type Flow, isWanted } from './flow.ts';
import { note } from './note.ts';
import { scopeCall } from './permit.ts';
import type { Section, Sections } from './section.ts';

/** A section that fails before any is begun. */
interface Crowded {
  readonly name: string;
  readonly section: Section;
  readonly failure: CallError;
}

/**
 * Finds a section that the answer can't do without, and whose upstream is so crowded that its call would hardly be let
 * in: what the other sections fetch would be thrown away. What is cached, even if old, or under way needs no permit. Looks
 * at public calls only: those of one user are few.
 */
export function crowdedSection(sections: Sections, flow: Flow): Crowded | undefined {
  const names = Object.keys(sections);
  // Where nothing else is fetched, nothing is thrown away.
  if (flow.replay || names.length < 2) return undefined;
  const { lane, deps } = flow;
  for (const name of names) {
    const section = sections[name] as Section;
    const { need, source } = section;
    if (need === 'optional' || source.kind !== 'call' || source.privacy === 'private' || !isWanted(flow, name))
      continue;
    const { upstream } = source;
    const bulkhead = lane.upstreams.get(upstream.name)?.bulkhead;
    const now = performance.now();
    if (
      bulkhead === undefined ||
      !isCrowded(bulkhead, upstream.parallel, queueTimeout(upstream, deps.deadlineScale), now)
    )
      continue;
    const { key } = scopeCall(source, flow);
    if (lane.calls.has(key) || lane.flights.has(key)) continue;
    const failure = withDetails(callError('overloaded', 'too many wait already'), originOf(source));
    note(source, below(flow, name, flow.cancellation, false), { cache: 'miss', began: now, outcome: failure.reason });
    return { name, section, failure };
  }
  return undefined;
}
