import { compareVersions, type Version } from '#kernel/base/version.ts';
import { type AppPolicies, PLATFORMS, type Platform } from '#kernel/contract/app-policy.ts';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { type Build, readBuild } from '#kernel/http/response/app-version.ts';

/** What a demonstration shows: an old build, one that should be updated, and the present one. */
export const DEMO_APPS = {
  minimum: 'ios/2.0.0,android/2.0.0',
  recommended: 'ios/3.0.0,android/2.9.0',
  stores: { ios: 'https://apps.apple.com/', android: 'https://play.google.com/store' },
} as const;

/** Reads `ios/2.0.0,android/2.1.0`; undefined where it is not that, or a platform stands there twice. */
export function toBuilds(text: string): readonly Build[] | undefined {
  const builds = text.split(',').map((entry) => readBuild(entry));
  const all = builds.filter((build) => build !== undefined);
  const platforms = new Set(all.map(({ platform }) => platform));
  return all.length === builds.length && platforms.size === builds.length ? all : undefined;
}

interface Given {
  readonly minimum: readonly Build[];
  readonly recommended: readonly Build[];
  readonly stores: Readonly<Record<Platform, string | undefined>>;
}

/** The policies that these make; contradictions are added to `issues`. */
export function appPolicies({ minimum, recommended, stores }: Given, issues: ConfigIssue[]): AppPolicies {
  const of = (builds: readonly Build[], platform: Platform): Version | undefined =>
    builds.find((build) => build.platform === platform)?.version;
  const policies = PLATFORMS.map((platform) => {
    const policy = {
      minimum: of(minimum, platform),
      recommended: of(recommended, platform),
      store: stores[platform],
    };
    const { minimum: oldest, recommended: newer, store } = policy;
    if (oldest && newer && compareVersions(newer, oldest) < 0)
      issues.push(
        `MOBILE_RECOMMENDED_VERSION has ${platform}/${newer.text}, older than MOBILE_MIN_VERSION has: ${platform}/${oldest.text}.`,
      );
    if (oldest && store === undefined)
      issues.push(
        `${STORES[platform]} is not set, and MOBILE_MIN_VERSION turns old ${platform} builds away: where to?`,
      );
    return [platform, policy] as const;
  });
  return Object.fromEntries(policies) as AppPolicies;
}

const STORES = { ios: 'APP_STORE_URL', android: 'PLAY_STORE_URL' } as const;
