# What runs in production, the built pages, the mock upstreams for `compose.yaml`, and at last the image. The Node that
# runs comes with npm, so that the image needs no base with one.
FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json ./
# 68 MB of a browser for tests, which only a development machine needs.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/@sparticuz

FROM modules AS build
COPY . .
RUN npm run build && rm -rf .next/cache

FROM node:24-bookworm-slim AS mocks
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
ENV PATH=/app/node_modules/.bin:$PATH
USER node
CMD ["node", "mocks/server.ts"]

FROM debian:bookworm-slim
# Certificates of public authorities, for upstreams behind https.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 --no-create-home tributary && install -d -o tributary -g tributary /data
WORKDIR /app
COPY --from=build /app ./
ENV NODE_ENV=production WORKERS=1 HOST=0.0.0.0 PORT=3000 DATA_DIR=/data NEXT_TELEMETRY_DISABLED=1 PATH=/app/node_modules/.bin:$PATH
USER 10001
EXPOSE 3000
VOLUME /data
# Drained on SIGTERM within DRAIN_NOTICE and DRAIN_PATIENCE; give it 40 s before it is killed.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/api/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--heap-growing-percent=100", "--max-semi-space-size=32", "--no-allocation-site-pretenuring", "server.ts"]
