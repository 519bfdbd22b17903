import type { Version } from '#kernel/base/version.ts';

export const PLATFORMS = ['ios', 'android'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Which builds of an app we serve. */
export interface AppPolicy {
  /** The oldest that is answered; all are where it is not set. */
  readonly minimum: Version | undefined;
  /** The oldest that is not told of a newer one. */
  readonly recommended: Version | undefined;
  /** Where the newest is to be had. */
  readonly store: string | undefined;
}

/** The policies of a host, by platform. */
export type AppPolicies = Readonly<Record<Platform, AppPolicy>>;
