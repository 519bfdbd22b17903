import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Env } from '#config/env.ts';
import { movedTo } from '#config/public-origin.ts';
import { type NextPages, nextPages } from '#host/pages/next-pages.ts';
import { showPage } from '#host/pages/page-admission.ts';
import { methodsOf } from '#host/pages/page-methods.ts';
import { countsPagesItself } from '#host/pages/page-quota.ts';
import { codedScript, referenceScript } from '#host/pages/reference-script.ts';
import { readStaticFiles, type StaticFiles, sendStatic } from '#host/pages/static-files.ts';
import { deferred } from '#host/process/deferred.ts';
import { earlierBuilds } from '#host/process/earlier-builds.ts';
import { enterPhase, phase } from '#host/process/lifecycle.ts';
import { logger } from '#host/process/log.ts';
import { drainStreams } from '#host/process/streams.ts';
import { createRuntime } from '#host/runtime.ts';
import { LimitedServer } from '#host/server/node-server.ts';
import { appendPeer, appendsPeersItself } from '#host/server/peers.ts';
import { LAST_TRACES, startTracing } from '#host/tracing/start.ts';
import { listenInWorker } from '#host/workers/channel.ts';
import { answerNode, refuseNode } from '#kernel/http/adapters/node-adapter.ts';
import { createEngine, type Engine } from '#kernel/http/engine/engine.ts';
import { routesOf } from '#kernel/http/engine/routing.ts';
import { warmUp } from '#kernel/http/pages/warm-up.ts';
import { canonicalTarget } from '#kernel/http/request/target.ts';
import { securityFields, setFields } from '#kernel/http/security/security-fields.ts';
import { operations } from '#operations/index.ts';
import { answerScrapes, leaveFigures } from '#operations/parts/ops-scrape.ts';
import { startWebhooks } from '#operations/webhooks/work.ts';
import { renewalsEnded } from '#services/identity/refresh.ts';
import { startMocks } from './scripts/mocks-process.ts';

/**
 * Milliseconds after its drain in which a host has to be gone, whatever still delays it: a stream has five to be read.
 */
const LAST_MOMENT = 6_000;
/** Milliseconds of it for tokens that the issuer has renewed and the state has yet to take. */
const LAST_TOKENS = 5_000;
const BUILD = join(import.meta.dirname, '.next');

/** A host that serves. */
export interface Serving {
  /** From now on every answer is the last on its connection. */
  announceEnd(): void;
  /** For `notice` seconds readiness says no and requests are still served; then it drains, and the process ends. */
  stop(notice: number): Promise<void>;
}

/** The lean host: the API over node:http, Next behind it for the pages. Resolves once it is ready. */
export async function serve(env: Env): Promise<Serving> {
  if (!existsSync(join(BUILD, 'BUILD_ID'))) throw new Error('The pages are not built. Run `npm run build` first.');
  listenInWorker();
  answerScrapes(operations);
  enterPhase('starting');
  appendsPeersItself();
  countsPagesItself();
  const runtime = createRuntime(env, { defer: (work) => deferred().add(work) });
  const engine = createEngine(runtime, operations);
  const stopTracing = await startTracing(env, operations);
  const stopWebhooks = startWebhooks();
  const pages = nextPages(BUILD, env);
  const earlier = await earlierBuilds(BUILD, join(env.dataDir, 'builds')).catch((error: Error) => {
    logger().warn({ reason: error.message }, 'tabs of earlier builds may miss files');
    return [];
  });
  const files = await readStaticFiles(BUILD, earlier);
  const server = new LimitedServer(handlerFor(engine, pages, files), {
    perAddress: env.socketsPerAddress,
    publicUrl: env.publicUrl,
  });
  // First of all, so that a busy port is reported at once; until all is there, readiness says so. A worker is handed
  // connections from here on, so that it opens the port last.
  if (!cluster.isWorker) await server.open(env);

  const mocked = Object.values(env.upstreams).some((upstream) => upstream.mocked);
  // If the mocks are another host's and end with it, this server is not ready until ours take their place.
  const lacks = { start: true, mocks: false };
  const note = (now: Partial<typeof lacks>) => {
    Object.assign(lacks, now);
    if (phase() !== 'draining') enterPhase(lacks.start || lacks.mocks ? 'starting' : 'ready');
  };
  const onAway = (mocks: boolean) => note({ mocks });
  const [mocks] = await Promise.all([
    mocked ? startMocks({ port: env.mocksPort, publicUrl: env.publicUrl, onAway }) : undefined,
    pages.prepare(),
  ]);
  if (env.warmUp > 0) await warmUp(engine, env.warmUp * 1_000);
  note({ start: false });
  if (cluster.isWorker) await server.open(env);

  const stop = async (notice: number) => {
    // npm passes on the Ctrl-C that the terminal has sent to us already.
    if (phase() === 'draining') return;
    enterPhase('draining');
    const timeout = env.drainTimeout * 1_000;
    globalThis.setTimeout(endAnyway, notice * 1_000 + timeout + LAST_MOMENT).unref();
    // A load balancer asks for readiness every second or two, and needs to see the change before requests are refused.
    server.announceEnd();
    await setTimeout(notice * 1_000);
    drainStreams();
    const end = performance.now() + timeout;
    await server.drain(timeout);
    await deferred().ended(end - performance.now());
    await Promise.all([stopWebhooks(), stopTracing?.(LAST_TRACES), renewalsEnded(LAST_TOKENS)]);
    await mocks?.stop();
    await leaveFigures(operations);
    process.exit(0);
  };
  return { stop, announceEnd: () => server.announceEnd() };
}

function endAnyway(): void {
  process.stderr.write('Not all of this server could be ended in time. It ends now.\n');
  process.exit(1);
}

function handlerFor(
  engine: Engine,
  pages: NextPages,
  files: StaticFiles,
): (request: IncomingMessage, response: ServerResponse) => void {
  const routes = routesOf(operations);
  const fields = securityFields(engine.runtime.publicUrl);
  return (request, response) => {
    const url = request.url ?? '/';
    if (!/^\/api(?:[/?]|$)/.test(url)) {
      setFields(response, fields);
      const moved = movedTo(engine.runtime.publicUrl, request.headers.host ?? '', url);
      if (moved !== undefined) response.writeHead(307, { Location: moved }).end();
      else if (phase() === 'starting') response.writeHead(503, { 'Retry-After': '1' }).end('Starting.\n');
      // Next throws at it, for the web's Request has no room for it.
      else if (request.method === 'TRACE')
        response.writeHead(405, { Allow: methodsOf(url.split('?', 1)[0] ?? url).join(', ') }).end();
      else if (!sendStatic(files, request, response)) {
        appendPeer(request);
        const show = () => showPage(engine, request, response, pages.handle);
        if (url.startsWith('/docs/scalar-')) sendScript(request, response, show);
        else show();
      }
      return;
    }
    const location = canonicalTarget(url);
    if (location !== undefined) response.writeHead(308, ['Location', location, ...engine.fields]).end(location);
    else if (phase() === 'starting' && !url.startsWith('/api/health/')) refuseNode(engine, request, response, STARTING);
    else answerNode(engine, routes, request, response);
  };
}

const STARTING = { slug: 'starting', headers: ['Retry-After', '1'] } as const;

/** The one large file that we serve, coded: 4 MB would be 1. */
async function sendScript(request: IncomingMessage, response: ServerResponse, otherwise: () => void): Promise<void> {
  const script = await referenceScript();
  if (script === undefined || request.method !== 'GET' || request.url !== script.path) return otherwise();
  const { body, headers } = await codedScript(script, request.headers['accept-encoding']);
  response.writeHead(200, { ...headers, 'Content-Length': body.length }).end(body);
}
