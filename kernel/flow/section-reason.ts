import type { CallError } from '#kernel/base/call-error.ts';
import type { SectionReason } from '#kernel/base/section.ts';

/** What clients learn of a failure: to them, our own queues and refusals are the upstream's unavailability. */
export function sectionReason({ reason }: CallError): SectionReason {
  switch (reason) {
    case 'timeout':
    case 'open':
    case 'contract':
    case 'not-found':
    case 'busy':
      return reason;
    default:
      return 'unavailable';
  }
}
