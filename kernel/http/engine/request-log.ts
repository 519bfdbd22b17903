import { callError, isCallError } from '#kernel/base/call-error.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { Usage } from '#kernel/http/access/rate-limit.ts';
import type { Inbound } from '#kernel/http/request/inbound.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';
import type { Made } from './capture.ts';

/** What the trace and the log record of a request besides its reply. */
export interface RequestLog {
  operation: string;
  /** As it came, or without the parts that hold a secret. */
  target: string;
  problems: Contract['problems'];
  /** Whether it is recorded only if it failed. */
  probe: boolean;
  lane: string;
  deadline: number;
  /** Whether the client has shortened it. */
  hurried: boolean;
  /** Milliseconds that went by until its body was there. */
  waited: number;
  cache: RequestTrace['cache'];
  sections: Readonly<Record<string, SectionStatus>>;
  calls: readonly CallTrace[];
  /** Fields that go with any answer, flat. */
  fields: readonly string[];
  /** Set where it was read. */
  made: Made | undefined;
  /** The slug of its problem, also if a page shows it for a form. */
  problem: string | undefined;
  /** The problem's detail. */
  reason: string | undefined;
  /** Set where the operator guard refused the request, and whether a credential was presented. */
  guarded: 'shown' | 'empty-handed' | undefined;
  /** Set where the request was counted. */
  usage: Usage | undefined;
  /** Whether it counts as work that the process has taken on. */
  isWork: boolean;
  /** Whether it was refused under overload, before it was validated. */
  unheard: boolean;
  /** Whom it was counted for; undefined if it was not, so that nothing of it is stored. */
  caller: string | undefined;
}

/** A request whose body logs how long it took. If it breaks off or is invalid, the client has gone. */
export function watching(inbound: Inbound, log: Pick<RequestLog, 'waited'>): Inbound {
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
