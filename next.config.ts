import { readFileSync } from 'node:fs';
import type { NextConfig } from 'next';
import { PHASE_PRODUCTION_BUILD, PHASE_PRODUCTION_SERVER } from 'next/constants.js';

const config: NextConfig = {
  poweredByHeader: false,
  // The engine codes its own answers, and compression would buffer streams.
  compress: false,
  reactStrictMode: true,
  typedRoutes: false,
  cacheComponents: false,
  images: { unoptimized: true },
  // Read by `host/pages/reference-script.ts`, where no bundler sees it.
  outputFileTracingIncludes: { '/docs/**': ['node_modules/@scalar/api-reference/dist/browser/standalone.js'] },
  experimental: {
    // What is built once gains nothing by a cache, which takes a fifth of the build to write.
    turbopackFileSystemCacheForBuild: process.env.CI === undefined,
    preloadEntriesOnStart: process.env.WARM_UP !== '0',
  },
  // Types are checked by `npm test`, tests and scripts included; twice would only be slower.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ['pg', 'pino', 'rate-limiter-flexible', 'stripe', 'undici'],
};

/** The id that a build was given. It is read back from what it has written, for a start may see other variables. */
function deploymentOf(phase: string): string | undefined {
  if (phase === PHASE_PRODUCTION_BUILD) return process.env.NEXT_DEPLOYMENT_ID;
  if (phase !== PHASE_PRODUCTION_SERVER) return undefined;
  try {
    return JSON.parse(readFileSync('.next/required-server-files.json', 'utf8')).config.deploymentId;
  } catch {
    return undefined;
  }
}

/** A tab whose pages are of another build loads its next page anew: docs/deploy.md, "Tabs of an earlier build". */
export default (phase: string): NextConfig => {
  const deploymentId = deploymentOf(phase);
  return { ...config, ...(deploymentId && { deploymentId, generateBuildId: () => deploymentId }) };
};
