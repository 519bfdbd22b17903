import { compareVersions, parseVersion, type Version } from '#kernel/base/version.ts';
import { type AppPolicies, type AppPolicy, PLATFORMS, type Platform } from '#kernel/contract/app-policy.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';

/** The request header by which a build says what it is: `ios/2.4.0`, `android/3.0.0-beta.2+451`. */
export const APP_VERSION = 'X-App-Version';

const MAX_LENGTH = 64;

/** A build as it names itself. */
export interface Build {
  readonly platform: Platform;
  readonly version: Version;
}

/** What is thought of a build. */
interface Judged extends Build {
  readonly verdict: 'too-old' | 'outdated' | 'current';
  readonly policy: AppPolicy;
}

/** Reads `platform/version`; undefined where it can't be read. */
export function readBuild(text: string | undefined): Build | undefined {
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  const [name = '', number = '', ...more] = text.trim().split('/');
  const platform = PLATFORMS.find((one) => one === name.toLowerCase());
  const version = parseVersion(number);
  return platform && version && more.length === 0 ? { platform, version } : undefined;
}

/** Judges a build by its platform's policy. What can't be read is not judged: a check that fails never blocks an app. */
export function judgeBuild(policies: AppPolicies, text: string | undefined): Judged | undefined {
  const build = readBuild(text);
  if (build === undefined) return undefined;
  const policy = policies[build.platform];
  const isBelow = (bound: Version | undefined) => bound !== undefined && compareVersions(build.version, bound) < 0;
  const verdict = isBelow(policy.minimum) ? 'too-old' : isBelow(policy.recommended) ? 'outdated' : 'current';
  return { ...build, verdict, policy };
}

/** The 426 of a build that is too old, with where a newer one is. No `Upgrade`: it would name a protocol, and cost old parsers the body. */
export function upgradeRequired({ platform, version, policy: { minimum, store } }: Judged): ProblemDetails {
  return {
    slug: 'upgrade-required',
    detail: `${platform}/${version.text} is older than ${minimum?.text}, the oldest that is still answered.`,
    extra: { platform, version: version.text, minimum: minimum?.text, store },
  };
}

/** Names a newer build, as a hint: `App-Update: recommended;version="2.6.0";store="https://…"` (an RFC 9651 item). */
export function updateHint({ policy: { recommended, store } }: Judged): readonly string[] {
  const at = store === undefined ? '' : `;store="${store}"`;
  return ['App-Update', `recommended;version="${recommended?.text}"${at}`];
}
