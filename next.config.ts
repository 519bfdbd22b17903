import type { NextConfig } from 'next';

const config: NextConfig = {
  poweredByHeader: false,
  // The engine codes its own answers, and compression would buffer streams.
  compress: false,
  reactStrictMode: true,
  typedRoutes: false,
  cacheComponents: false,
  images: { unoptimized: true },
  // Types are checked by `npm test`, tests and scripts included; twice would only be slower.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ['pg', 'pino', 'rate-limiter-flexible', 'stripe', 'undici'],
};

export default config;
