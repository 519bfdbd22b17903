import { callError, isCallError } from '#kernel/base/call-error.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { Usage } from '#kernel/contract/rate-policy.ts';
import type { Inbound } from '#kernel/http/request/inbound.ts';
import type { TraceContext } from '#kernel/telemetry/context/trace-context.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';

/** How an answer was made, as it is recorded. */
export interface Provenance {
  /** When the code that made it began, monotonic; undefined if it came from the cache. */
  readonly startedAt: number | undefined;
  /** The request that it was made for, where that is another one. */
  readonly composedBy: string | undefined;
  /** The place of that request in its trace, if the composition was shared while it was under way. */
  readonly composer: TraceContext | undefined;
  readonly etag: string | undefined;
  /** The view as JSON, and whether it is personal. */
  readonly view: { readonly bytes: Uint8Array; readonly personal: boolean } | undefined;
}

/** What the trace and the log record of a request besides its reply. */
export interface RequestLog {
  readonly requestId: string;
  /** Its place in its trace; undefined before it was matched. */
  trace: TraceContext | undefined;
  operation: string;
  /** The target as it came; without its secrets where the operation's cookie protects it. */
  target: string;
  problems: Contract['problems'];
  /** Whether it is recorded only if it failed. */
  probe: boolean;
  lane: string;
  deadline: number;
  /** Whether the client has shortened it. */
  hurried: boolean;
  /** Milliseconds until its body was there. */
  waited: number;
  cache: RequestTrace['cache'];
  sections: Readonly<Record<string, SectionStatus>>;
  calls: readonly CallTrace[];
  /** Fields that go with any answer, flat. */
  fields: readonly string[];
  /** Set if the answer is a read. */
  provenance: Provenance | undefined;
  /** Whether a person sees what it ends in: the address is for a browser that goes there, or took a form of ours. */
  endsInPage: boolean;
  /** The slug of its problem, also if a page shows it. */
  problem: string | undefined;
  /** The problem's status, if the answer has another: a redirect to a page that shows it, or a stream that tells it. */
  problemStatus: number | undefined;
  /** The problem's detail. */
  reason: string | undefined;
  /** Set where the operator guard refused the request, and whether a wrong credential was presented. */
  guarded: 'wrong' | 'harmless' | undefined;
  /** Set where the request was counted. */
  usage: Usage | undefined;
  /** Whether it counts as work that the process has taken on. */
  isWork: boolean;
  /** Whether it was refused under overload, before it was validated. */
  refusedForLoad: boolean;
  /** The caller that it counts for; undefined if it is not counted: then its caller is not stored either. */
  caller: string | undefined;
}

export const createRequestLog = (target: string, requestId: string): RequestLog => ({
  requestId,
  trace: undefined,
  operation: '',
  target,
  problems: undefined,
  probe: false,
  lane: MAIN_LANE,
  deadline: 0,
  hurried: false,
  waited: 0,
  cache: 'bypass',
  sections: {},
  calls: [],
  fields: [],
  provenance: undefined,
  endsInPage: false,
  problem: undefined,
  problemStatus: undefined,
  reason: undefined,
  guarded: undefined,
  usage: undefined,
  caller: undefined,
  isWork: false,
  refusedForLoad: false,
});

/** A request that logs how long its body took to arrive. If the body breaks off or is invalid, the client has gone. */
export function timingBody(inbound: Inbound, log: Pick<RequestLog, 'waited'>): Inbound {
  const { body } = inbound;
  if (body === undefined) return inbound;
  const watched = (): AsyncIterator<Uint8Array> => {
    const chunks = body[Symbol.asyncIterator]();
    return {
      async next() {
        const began = performance.now();
        try {
          return await chunks.next();
        } catch (thrown) {
          throw isCallError(thrown) ? thrown : callError('aborted', 'the body broke off', { cause: thrown });
        } finally {
          log.waited += performance.now() - began;
        }
      },
    };
  };
  return { ...inbound, body: { [Symbol.asyncIterator]: watched } };
}
