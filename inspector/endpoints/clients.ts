import type { Version } from '#kernel/base/version.ts';
import { type AppPolicies, PLATFORMS } from '#kernel/contract/app-policy.ts';

/** A client to try as: `web`, or a build as X-App-Version names it. */
export interface Client {
  readonly id: string;
  /** `ios 2.0.0, oldest answered` */
  readonly name: string;
}

const WEB: Client = { id: 'web', name: 'a browser' };

/** A browser, and of each platform the builds between which something changes. */
export function clientsOf(policies: AppPolicies): Client[] {
  const builds = PLATFORMS.flatMap((platform) => {
    const { minimum, recommended } = policies[platform];
    const headers = [
      [minimum && before(minimum), 'too old'],
      [minimum?.text, 'oldest answered'],
      [recommended?.text, 'recommended'],
    ] as const;
    return headers.flatMap(([version, what]) =>
      version ? [{ id: `${platform}/${version}`, name: `${platform} ${version}, ${what}` }] : [],
    );
  });
  return [WEB, ...builds.filter(({ id }, at) => builds.findIndex((build) => build.id === id) === at)];
}

/** A release before another one; undefined before the very first. */
function before({ numbers: [major, minor, patch] }: Version): string | undefined {
  if (patch > 0) return `${major}.${minor}.${patch - 1}`;
  if (minor > 0) return `${major}.${minor - 1}.0`;
  return major > 0 ? `${major - 1}.9.0` : undefined;
}
