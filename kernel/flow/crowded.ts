import { type CallError, callError, withDetails } from '#kernel/base/call-error.ts';
import { timeRun } from '#kernel/base/time/loop-delay.ts';
import { type Call, originOf } from '#kernel/upstream/calls/call.ts';
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
  for (const name of names) {
    const section = sections[name] as Section;
    const { need, source } = section;
    if (need === 'optional' || source.kind !== 'call' || source.privacy === 'private' || !isWanted(flow, name))
      continue;
    if (!hasCrowd(source, flow) || needsNoPermit(source, flow)) continue;
    const failure = withDetails(callError('overloaded', 'too many wait already'), originOf(source));
    const noted = { cache: 'miss', began: performance.now(), outcome: failure.reason } as const;
    note(source, below(flow, name, flow.cancellation, false), noted);
    return { name, section, failure };
  }
  return undefined;
}

function hasCrowd({ upstream }: Call, { lane, deps }: Flow): boolean {
  const bulkhead = lane.upstreams.get(upstream.name)?.bulkhead;
  if (bulkhead === undefined || bulkhead.queue.size === 0) return false;
  return isCrowded(bulkhead, upstream.parallel, queueTimeout(upstream, deps.deadlineScale), timeRun());
}

function needsNoPermit(call: Call, flow: Flow): boolean {
  const { key } = scopeCall(call, flow);
  return flow.lane.calls.has(key) || flow.lane.flights.has(key);
}
