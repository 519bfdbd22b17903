import type { CallError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Deadline } from '#kernel/base/time/timeout.ts';
import type { Dependencies } from '#kernel/cache/dependencies.ts';
import type { TagTable } from '#kernel/cache/tags.ts';
import type { Principal } from '#kernel/identity/principal.ts';
import type { Overrides } from '#kernel/state/overrides.ts';
import type { Seal } from '#kernel/state/seal.ts';
import type { TraceContext } from '#kernel/telemetry/context/trace-context.ts';
import type { CallTrace } from '#kernel/telemetry/trace.ts';
import type { Call, Upstream } from '#kernel/upstream/calls/call.ts';
import type { Exchange } from '#kernel/upstream/exchange/call-context.ts';
import type { Credential } from '#kernel/upstream/exchange/credential.ts';
import type { LaneState } from '#kernel/upstream/lane/state.ts';
import type { GuardedTier } from '#kernel/upstream/resilience/guarded-tier.ts';

/** `public` never knows the principal, `either` may, `personal` must. */
export type Audience = 'public' | 'either' | 'personal';

/** A second cache of calls behind that of the process, which other instances share. */
export interface SharedTier {
  readonly guard: GuardedTier;
  readonly seal: Seal;
  /** The address of an upstream, part of the tier's keys: another address may give another value. */
  addressOf(upstream: string): string;
}

/** What flows need of the process. */
export interface EngineDeps {
  readonly tags: TagTable;
  /** Undefined without such a cache. */
  readonly tier: SharedTier | undefined;
  /** The overrides on ordinary traffic. */
  readonly overrides: Overrides;
  /** The way to an upstream in a lane. */
  exchange(upstream: Upstream, lane: LaneState): Exchange;
  /** How an upstream is told who we are; undefined where it does not ask. */
  credential(upstream: Upstream): Credential | undefined;
  isMocked(upstream: Upstream): boolean;
  /** What every deadline and timeout is multiplied by: 1, except in tests that are not about time. */
  readonly deadlineScale: number;
  /** Whether upstreams' answers are recorded for the inspector. */
  readonly captures: boolean;
  /** The header value that tells an upstream of the lane; undefined if the upstream must not know. */
  laneHeader(lane: LaneState, upstream: string): string | undefined;
  /** Keeps the process alive for work that no request waits for. */
  defer(work: Promise<unknown>): void;
}

export interface CallOutcome {
  readonly call: Call;
  readonly key: string;
  /** Whether the answer can do without it. */
  readonly optional: boolean;
  readonly value?: unknown;
  readonly failure?: CallError;
}

/** What the calls of one request share. It is passed as an argument: no global or async context is read. */
export interface Flow {
  readonly deps: EngineDeps;
  readonly lane: LaneState;
  readonly audience: Audience;
  readonly principal: Principal;
  readonly requestId: string;
  /** Its place in its trace. */
  readonly trace: TraceContext;
  readonly startedAt: number;
  readonly deadline: Deadline;
  readonly cancellation: Cancellation;
  readonly dependencies: Dependencies;
  readonly calls: CallTrace[];
  /** The results of all its calls so far. */
  readonly outcomes: CallOutcome[];
  /** Writes that were carried out, or may have been. */
  readonly written: Set<Call>;
  /** Set where the code runs again over the results of the first run, by key: no upstream is asked again. */
  readonly replay: ReadonlyMap<string, CallOutcome> | undefined;
  /** The statuses of missing, stale or replaced sections, by path. */
  readonly statuses: Record<string, SectionStatus>;
  /** The path of the present section, such as `related.prices`; empty at the root. */
  readonly section: string;
  /** Whether this is within an optional section, which a process that is too busy leaves out first. */
  readonly optional: boolean;
  /** At the root: optional sections that clients may choose among, and what this one chose. */
  readonly parts: { readonly declared: readonly string[]; readonly asked: readonly string[] } | undefined;
  /** At the root: parts that an override leaves out. */
  readonly shed: readonly string[] | undefined;
}

export function below(flow: Flow, name: string, cancellation: Cancellation, optional: boolean): Flow {
  const section = flow.section === '' ? name : `${flow.section}.${name}`;
  const within = flow.optional || optional;
  return { ...flow, section, optional: within, cancellation, parts: undefined, shed: undefined };
}

/** Whether the client wants a section: all but the declared parts that it did not ask for. */
export function isWanted(flow: Flow, name: string): boolean {
  return flow.parts === undefined || !flow.parts.declared.includes(name) || flow.parts.asked.includes(name);
}
