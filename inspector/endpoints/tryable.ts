import { isRead, type Operation } from '#kernel/contract/operation.ts';

/** Whether it may be sent from a page: it changes nothing, and reads no cookie of its own. */
export const isTryable = (operation: Operation): boolean =>
  isRead(operation) && operation.contract.cookies === undefined;
