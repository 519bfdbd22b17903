import type { SectionStatus } from '#kernel/base/section.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { CallTrace, RequestTrace } from '#kernel/telemetry/trace.ts';
import type { Made } from './capture.ts';
import type { Usage } from './rate-limit.ts';

/** What the trace and the log say of a request besides its reply. */
export interface Story {
  operation: string;
  /** As it came, or less of it where it holds a secret. */
  target: string;
  problems: Contract['problems'];
  /** Whether it is to be told of only where it went wrong. */
  probe: boolean;
  lane: string;
  deadline: number;
  cache: RequestTrace['cache'];
  sections: Readonly<Record<string, SectionStatus>>;
  calls: readonly CallTrace[];
  /** Fields that go with any answer, flat. */
  fields: readonly string[];
  /** Set where it was read. */
  made: Made | undefined;
  /** The slug of its problem. */
  problem: string | undefined;
  /** Set where the request was counted. */
  usage: Usage | undefined;
  /** Whom it was counted for; undefined where it was not, so that nothing of it is kept. */
  caller: string | undefined;
}
