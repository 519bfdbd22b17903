import { processSingleton } from '#kernel/base/registry.ts';

/** How purges fare on their way to the CDN, as this process sees it. */
export interface CdnFigures {
  /** Undefined where there is no CDN. */
  name: string | undefined;
  /** Since when the oldest unconfirmed purge has waited, in milliseconds since 1970. */
  waitingSince: number | undefined;
  /** Turns of this instance that went well, or failed. */
  confirmed: number;
  failed: number;
  /** The last error here, until a turn succeeds. */
  reason: string | undefined;
}

export const cdnFigures = (): CdnFigures =>
  processSingleton('cdn figures', () => ({
    name: undefined,
    waitingSince: undefined,
    confirmed: 0,
    failed: 0,
    reason: undefined,
  }));
