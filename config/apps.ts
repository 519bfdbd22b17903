import { z } from 'zod';
import { compareVersions, type Version } from '#kernel/base/version.ts';
import { type AppPolicies, PLATFORMS, type Platform } from '#kernel/contract/app-policy.ts';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import { type Build, readBuild } from '#kernel/http/response/app-version.ts';
import { isLoopback } from './public-origin.ts';
import { httpUrl, type ValuesOf, variable } from './variable.ts';

/** What a demonstration shows: an old build, one that should be updated, and the present one. */
const DEMO_APPS = {
  minimum: 'ios/2.0.0,android/2.0.0',
  recommended: 'ios/3.0.0,android/2.9.0',
  stores: { ios: 'https://apps.apple.com/', android: 'https://play.google.com/store' },
} as const;

/** Reads `ios/2.0.0,android/2.1.0`; undefined where it is not that, or a platform stands there twice. */
function toBuilds(text: string): readonly Build[] | undefined {
  const builds = text.split(',').map((entry) => readBuild(entry));
  const all = builds.filter((build) => build !== undefined);
  const platforms = new Set(all.map(({ platform }) => platform));
  return all.length === builds.length && platforms.size === builds.length ? all : undefined;
}

const builds = z.string().transform((text, context) => {
  const read = toBuilds(text);
  if (read === undefined) context.addIssue('not builds');
  return read ?? [];
});

const storeUrl = httpUrl
  .refine((url) => url.protocol === 'https:' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(url.href))
  .transform((url) => url.href);

/** One policy is two variables: where one is set, the other has no default. */
const buildsOf = (about: string, demo: string) =>
  variable(builds, {
    about,
    form: 'platforms with a version each, such as ios/2.4.0,android/2.4',
    example: 'ios/2.4.0,android/2.4.0',
    otherwise: `${demo} where PUBLIC_URL is this machine and neither is set, none elsewhere`,
  });

const storeOf = (platform: string, example: string) =>
  variable(storeUrl, {
    about: `Where ${platform} users get the newest build of the app.`,
    form: 'an https URL',
    example,
    otherwise: 'the store’s own start page where PUBLIC_URL is this machine, none elsewhere',
  });

/** Which builds of our apps are served. */
export const APPS = {
  MOBILE_MIN_VERSION: buildsOf(
    'The oldest builds of the app that are answered, as X-App-Version names them; older ones get a 426 and their store’s address.',
    DEMO_APPS.minimum,
  ),
  MOBILE_RECOMMENDED_VERSION: buildsOf(
    'The oldest builds that are not told of a newer one; older ones get App-Update with every answer.',
    DEMO_APPS.recommended,
  ),
  APP_STORE_URL: storeOf('iOS', 'https://apps.apple.com/app/id0000000000'),
  PLAY_STORE_URL: storeOf('Android', 'https://play.google.com/store/apps/details?id=com.example.shop'),
};

/** On this machine there are builds to try out what the others get. */
export function appsOf(values: ValuesOf<typeof APPS>, publicUrl: string, issues: ConfigIssue[]): AppPolicies {
  const { MOBILE_MIN_VERSION: minimum, MOBILE_RECOMMENDED_VERSION: recommended } = values;
  const demo = isLoopback(publicUrl);
  const untouched = demo && minimum === undefined && recommended === undefined;
  const stores = demo ? DEMO_APPS.stores : { ios: undefined, android: undefined };
  const given = {
    minimum: minimum ?? (untouched ? toBuilds(DEMO_APPS.minimum) : undefined) ?? [],
    recommended: recommended ?? (untouched ? toBuilds(DEMO_APPS.recommended) : undefined) ?? [],
    stores: { ios: values.APP_STORE_URL ?? stores.ios, android: values.PLAY_STORE_URL ?? stores.android },
  };
  return appPolicies(given, issues);
}

interface Given {
  readonly minimum: readonly Build[];
  readonly recommended: readonly Build[];
  readonly stores: Readonly<Record<Platform, string | undefined>>;
}

/** The policies that these make; contradictions are added to `issues`. */
function appPolicies({ minimum, recommended, stores }: Given, issues: ConfigIssue[]): AppPolicies {
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
