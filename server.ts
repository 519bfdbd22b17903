// Schemas that are made from here on are compiled at their first use (zod.dev/compile): four times as fast.
import 'zod/compile';
import cluster from 'node:cluster';
import { type Env, environment } from '#config/env.ts';
import { banner } from '#host/process/banner.ts';
import { outliveReaders } from '#host/process/output.ts';

/** The lean host as one process, or with WORKERS as several over one port, and one above them that serves nothing. */
async function main(): Promise<void> {
  outliveReaders();
  const env = environment();
  if (cluster.isWorker) await serveAsWorker(env);
  else if (env.workers > 1) await superviseWorkers(env);
  else await serveAlone(env);
}

async function serveAlone(env: Env): Promise<void> {
  const { serve } = await import('./lean-host.ts');
  const { stop } = await serve(env);
  process.stdout.write(banner(env));
  onSignals(() => stop(env.drainNotice));
}

async function serveAsWorker(env: Env): Promise<void> {
  const [{ serve }, { reportReady }] = await Promise.all([
    import('./lean-host.ts'),
    import('#host/workers/workers.ts'),
  ]);
  const serving = await serve(env);
  onSignals(() => serving.stop(env.drainNotice));
  reportReady(serving);
}

async function superviseWorkers(env: Env): Promise<void> {
  const [{ startWorkers }, { logger }, { startMocks }] = await Promise.all([
    import('#host/workers/workers.ts'),
    import('#host/process/log.ts'),
    import('./scripts/mocks-process.ts'),
  ]);
  const mocked = Object.values(env.upstreams).some((upstream) => upstream.mocked);
  const mocks = mocked ? await startMocks({ port: env.mocksPort, publicUrl: env.publicUrl }) : undefined;
  const warn = (details: object, message: string) => logger(env.logLevel).warn(details, message);
  const starting = startWorkers({ count: env.workers, warn });
  process.on('SIGHUP', async () => (await starting).replaceAll());
  const workers = await starting;
  process.stdout.write(banner(env));
  onSignals(async () => {
    const code = await workers.stop();
    await mocks?.stop();
    process.exit(code);
  });
}

function onSignals(stop: () => Promise<void>): void {
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: NodeJS.ErrnoException) => {
  const busy = error.code === 'EADDRINUSE';
  process.stderr.write(
    busy ? `Another program listens on this port already. Set PORT to a free one.\n` : `${error.message}\n`,
  );
  process.exit(1);
});
