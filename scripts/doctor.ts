import { type Env, environment, givenEnv } from '#config/env.ts';
import type { UpstreamName } from '#schemas/upstream/scenario.ts';
import { commandLine } from './command-line.ts';
import { askStatus } from './doctor/ask.ts';
import { probeReport } from './doctor/probe-report.ts';
import { report } from './doctor/report.ts';

/** Exit codes, for scripts. */
const WELL = 0;
const HURTING = 1;
const UNASKED = 2;

const USAGE = `npm run doctor                         probes every upstream that has a URL; without one, asks the server of PUBLIC_URL
npm run doctor -- --url https://…      asks a running server how it fares; INSPECTOR_TOKEN of the environment opens it
               -- --lane reviews=down  as it fares under a scenario
It ends with 0 where all is well, 1 where there are findings, 2 where it could not ask.
`;

const NONE_LIVE = 'No upstream has a URL here, so there is none to probe. ';
const OUR_OWN = 'The server of PUBLIC_URL was asked: start it, or name another with -- --url.';

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const options = { url: { type: 'string' }, lane: { type: 'string' } } as const;
  const { url, lane } = commandLine({ usage: USAGE, options, words: 0 }).values;
  if (url !== undefined) return ask(url, tokenGiven(), lane);
  const env = environment();
  const live = Object.keys(env.upstreams).filter((name) => !env.upstreams[name as UpstreamName].mocked);
  if (live.length > 0 && lane === undefined) return probe(env);
  return ask(env.publicUrl, env.inspector.token, lane).catch((error: Error) => {
    throw new Error(`${error.message}\n${lane === undefined ? NONE_LIVE : ''}${OUR_OWN}`);
  });
}

/** Another server's environment is not ours: only the token is taken of it. */
function tokenGiven(): string | undefined {
  const { given, file } = givenEnv();
  return given.INSPECTOR_TOKEN || file.INSPECTOR_TOKEN || undefined;
}

async function ask(url: string, token: string | undefined, lane: string | undefined): Promise<number> {
  const status = await askStatus({ url, token, lane });
  if ('why' in status) throw new Error(status.why);
  say(report(url, status));
  return status.findings.length === 0 ? WELL : HURTING;
}

async function probe(env: Env): Promise<number> {
  // The engine, which takes a second to load, and which the other commands do not need.
  const [{ probeUpstream }, { operations }, { upstreamsOf }] = await Promise.all([
    import('./doctor/probe.ts'),
    import('#operations/index.ts'),
    import('#host/upstreams.ts'),
  ]);
  const { deadlineScale } = env;
  const all = Object.entries(upstreamsOf(env, () => undefined));
  const live = all.filter(([, { mocked }]) => !mocked);
  const mocked = all.flatMap(([name, target]) => (target.mocked ? [name] : []));
  const probes = (
    await Promise.all(live.map(([name, target]) => probeUpstream(name, target, operations, deadlineScale)))
  ).flat();
  say(probeReport(probes, Object.fromEntries(live.map(([name, { url }]) => [name, url])), mocked));
  return probes.some(({ wrong }) => wrong !== undefined) ? HURTING : WELL;
}

/** Ends once all is written: a connection that was refused leaves a timer behind that would keep us for ten seconds. */
const end = (code: number) => process.stdout.write('', () => process.exit(code));

main().then(end, (error: Error) => {
  process.stderr.write(`${error.message.trimEnd()}\n`, () => process.exit(UNASKED));
});
