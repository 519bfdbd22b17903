import { callError, isCallError } from '#kernel/base/call-error.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { Usage } from '#kernel/http/access/rate-limit.ts';
import type { Inbound } from '#kernel/http/request/inbound.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';
import type { Made } from './capture.ts';

/** What the trace and the log say of a request besides its reply. */
export interface RequestLog {
  operation: string;
  /** As it came, or less of it where it holds a secret. */
  target: string;
  problems: Contract['problems'];
  /** Whether it is to be told of only where it went wrong. */
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
  /** The slug of its problem, also where a form is told by a page. */
  problem: string | undefined;
  /** What the problem says of it. */
  reason: string | undefined;
  /** Set where somebody was turned away at a gate, and whether they had something to show. */
  guarded: 'shown' | 'empty-handed' | undefined;
  /** Set where the request was counted. */
  usage: Usage | undefined;
  /** Whether it counts as work that the process has taken on. */
  isWork: boolean;
  /** Whether it was refused for the load, before anybody looked at it. */
  unheard: boolean;
  /** Whom it was counted for; undefined where it was not, so that nothing of it is kept. */
  caller: string | undefined;
}

/** A request whose body tells the story how long it took. One that breaks off, or is none, has gone with its client. */
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
