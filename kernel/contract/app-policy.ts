import type { Version } from '#kernel/base/version.ts';

export const PLATFORMS = ['ios', 'android'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Which builds of an app we serve. */
export interface AppPolicy {
  /** The oldest that is answered; all are where it is not set. */
  readonly minimum: Version | undefined;
  /** The oldest build that gets no update hint. */
  readonly recommended: Version | undefined;
  /** The address of the newest build. */
  readonly store: string | undefined;
}

export type AppPolicies = Readonly<Record<Platform, AppPolicy>>;
