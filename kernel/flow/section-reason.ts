import type { CallError } from '#kernel/base/call-error.ts';
import type { SectionReason } from '#kernel/base/section.ts';

/** What clients are told of a failure: our own queues and refusals are the upstream's unavailability to them. */
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
