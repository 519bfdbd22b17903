import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { type Env, environment } from '#config/env.ts';
import { banner } from '#host/process/banner.ts';
import { type MocksProcess, startMocks } from './mocks-process.ts';
import { isFree } from './ports.ts';

const READY_WITHIN = 60_000;
/** Why there is no such option: docs/decisions/2026-11-23-a-phone-comes-by-localhost.md. */
const NO_OPTIONS = `npm run dev takes no options. It is for this machine alone: over mocks one click signs in as any user.
  A simulator     http://localhost:PORT/, as in a browser here
  Android         adb reverse tcp:PORT tcp:PORT && adb reverse tcp:MOCKS_PORT tcp:MOCKS_PORT, then http://localhost:PORT/ there
  Any phone, JSON HOST=0.0.0.0 npm run dev, then http://<address of this machine>:PORT/api/mobile/home
docs/apps.md has the rest.`;

/** The edit loop: the mock upstreams and `next dev`, both of which see a change without a restart. */
async function main(): Promise<void> {
  const env = environment();
  if (process.argv.length > 2)
    throw new Error(NO_OPTIONS.replaceAll('MOCKS_PORT', `${env.mocksPort}`).replaceAll('PORT', `${env.port}`));
  if (!(await isFree(env.port, env.host)))
    throw new Error(
      `Port ${env.port} is taken by another program. Set PORT to a free one: PORT=${env.port + 1} npm run dev`,
    );
  const mocked = Object.values(env.upstreams).some((upstream) => upstream.mocked);
  const mocks = mocked ? await startMocks({ port: env.mocksPort, publicUrl: env.publicUrl, watch: true }) : undefined;
  await untilEnd(env, mocks);
}

async function untilEnd(env: Env, mocks: MocksProcess | undefined): Promise<void> {
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
  const leave = new URL('./leave-with-parent.ts', import.meta.url).href;
  const child = spawn(
    process.execPath,
    ['--import', leave, next, 'dev', '--port', String(env.port), '--hostname', env.host],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', LEAVE_WITH: String(process.pid) },
    },
  );
  // Ctrl-C reaches the whole group; we stay until both have ended.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  announce(env, () => child.exitCode !== null);
  const code = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 0)));
  await mocks?.stop();
  process.exit(code);
}

/** Shows the banner once the port answers. */
async function announce(env: Env, over: () => boolean): Promise<void> {
  const late = Date.now() + READY_WITHIN;
  while (await isFree(env.port, env.host)) {
    if (over() || Date.now() > late) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  process.stdout.write(banner(env));
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
