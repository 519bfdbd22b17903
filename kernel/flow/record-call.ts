import type { Entry } from '#kernel/cache/entry.ts';
import { answerTo } from '#kernel/telemetry/captures.ts';
import type { CallSource, CallTrace, WireTrace } from '#kernel/telemetry/trace.ts';
import type { Call } from '#kernel/upstream/calls/call.ts';
import { countSource } from '#kernel/upstream/lane/sources.ts';
import { upstreamState } from '#kernel/upstream/lane/state.ts';
import type { Flow } from './flow.ts';

/** Code that awaits a call outside any section is recorded under the upstream's name. */
export function nameOf(call: Call, { section }: Flow): string {
  return section === '' ? call.upstream.name : section;
}

/** The wire part of a call's trace. */
export function newWire(
  deadline: number,
  began: number,
  { requestId: owner, trace: context }: Pick<Flow, 'requestId' | 'trace'>,
): WireTrace {
  return {
    attempts: 0,
    status: 0,
    bytesOut: 0,
    bytesIn: 0,
    queue: 0,
    send: 0,
    read: 0,
    parse: 0,
    deadline,
    batched: 0,
    began,
    owner,
    context,
    tries: [],
  };
}

interface AnsweredCall {
  readonly cache: CallSource;
  /** When it was asked for, monotonic. */
  readonly began: number;
  /** `ok`, or the reason of its failure. */
  readonly outcome: string;
  /** Set where it went to its upstream. */
  readonly wire?: WireTrace | undefined;
  /** Set where the cache answered. */
  readonly entry?: Entry | undefined;
}

/** Counts how a call was answered, and records it for the trace of its request. */
export function recordCall(call: Call, flow: Flow, { cache, began, outcome, wire, entry }: AnsweredCall): void {
  const now = performance.now();
  countSource(upstreamState(flow.lane, call.upstream.name).sources, cache, now);
  const noted: CallTrace = {
    section: nameOf(call, flow),
    upstream: call.upstream.name,
    call: call.label,
    cache,
    start: began - flow.startedAt,
    duration: now - began,
    outcome,
    personal: call.privacy === 'private',
  };
  if (entry) noted.age = now - entry.storedAt;
  if (flow.deps.isMocked(call.upstream)) noted.mocked = true;
  if (wire) noted.wire = wire;
  if (wire && cache === 'coalesced') noted.joined = began - wire.began;
  const answer = wire ? answerTo(wire) : entry?.answer;
  if (answer !== undefined) noted.answer = answer;
  flow.calls.push(noted);
}
