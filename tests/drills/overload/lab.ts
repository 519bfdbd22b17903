import { type ChildProcess, fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure, Size } from '#tests/support/drill.ts';
import { freePort, runHost } from '#tests/support/host.ts';
import { LEAN_FLAGS } from '#tests/support/lean-flags.ts';
import { load } from '#tests/support/load.ts';
import { pause } from '#tests/support/until.ts';
import { withId } from './fresh-id.ts';
import { moduleIn } from './module-in.ts';
import type { Order, Told } from './processes/load.ts';
import type { Done } from './processes/tell-upstreams.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** The deadline of every operation of the servers under test, in milliseconds. */
export const DEADLINE = 1_500;
/** What is asked for all the time beside the load: whether the process lives, and an answer that it has kept. */
export const HEALTH = '/api/health/live';
const FIVE_CALLS = '/api/five/{}';
export const FIVE = [FIVE_CALLS];
export const KEPT = '/api/five/p-000042';
const WATCHED_PER_SECOND = 10;
const MOST_WATCHING = 200;
const MOST_CONNECTIONS = 600;
const PATIENCE = 30_000;
const LOOK = 50;
const MOST_TRIES = 3;
/** As a nice value. */
const YIELDING = 5;
const MIB = 1_024;

/** What became of one request. Moments are epoch milliseconds. */
export interface Asked {
  readonly due: number;
  readonly ended: number;
  readonly target: string;
  /** In the words of `outcomeOf`, or why there was no answer. */
  readonly outcome: string;
}

/** The breakers that were not closed from a moment on. */
interface Opening {
  readonly at: number;
  readonly open: readonly string[];
}

/** A server under test. */
export interface Server {
  readonly port: number;
  /** Since when the server has been ready to be asked. */
  readonly ready: number;
  /** An entry each time that others than before were not closed. */
  readonly breakers: readonly Opening[];
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** What its main thread has run and has waited for a core so far, in milliseconds; zeros where the system does not tell. */
  time(): { readonly ran: number; readonly waited: number };
  /** Resident memory, in MiB; 0 where the system does not tell. */
  memory(): number;
  stop(): void;
}

/** Requests at a steady rate, and the watched ones beside them; in a process of their own. */
export interface Load {
  /** What is asked for, in turn, `{}` being a new id each time; and what is watched beside it. */
  aim(server: Server, targets: readonly string[], watched?: readonly string[]): void;
  rate(perSecond: number): void;
  /** What became of all that have ended so far. */
  look(): Promise<Became>;
  /** Ends, waits for what is under way, and tells what became of all of it. */
  finish(): Promise<Became>;
}

export interface Became {
  readonly asked: readonly Asked[];
  readonly watched: readonly Asked[];
}

/** Where a drill takes place. */
export interface Lab {
  startServer(): Promise<Server>;
  /** The product itself, as `npm start` runs it over its mocks, once it says that it is ready. */
  startHost(): Promise<Server>;
  /** How many calls have reached the upstreams since they were counted last. */
  calls(): Promise<number>;
  /** How many milliseconds an upstream takes from now on; it hangs where they are without end. */
  takes(upstream: string, delay: number): void;
  startLoad(): Promise<Load>;
  /** Keeps every core busy with so many loops, for so long. */
  neighbours(aCore: number, milliseconds: number): Promise<void>;
}

interface Place {
  /** The checkout whose server is under test. */
  readonly root: string;
  readonly size: Size;
  /** The benchmark's server over five upstreams, one over twelve, or the host over mocks of its own. */
  readonly upstreams?: 'five' | 'twelve' | 'its own';
}

/** Now, as a moment that all processes share. */
export const moment = () => performance.timeOrigin + performance.now();

/** Sets up upstreams, plays a drill, and ends every process of it. Upstreams that were late themselves stand in the figures. */
export async function inLab(
  { root, size, upstreams = 'five' }: Place,
  play: (lab: Lab) => Promise<Figure[]>,
): Promise<Figure[]> {
  const children = new Set<ChildProcess>();
  const end = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', end);
  const run = (
    script: string,
    args: readonly string[],
    options: { flags?: string[]; env?: object; cwd?: string } = {},
  ) => {
    const child = fork(script, args, {
      cwd: options.cwd ?? root,
      execArgv: options.flags ?? [],
      env: { ...process.env, NODE_ENV: 'production', ...options.env },
      serialization: 'advanced',
    });
    children.add(child);
    return child;
  };
  try {
    const flags = ['--import', here('processes/tell-upstreams.ts')];
    const upstream = run(join(ROOT, 'tests/bench/upstream.ts'), [], { cwd: ROOT, flags });
    const env = { UPSTREAMS: `http://127.0.0.1:${(await next<{ port: number }>(upstream)).port}` };
    const done = () => {
      const told = next<Done>(upstream);
      upstream.send({ done: true });
      return told;
    };
    let late = 0;
    // What they were while they started is nobody's concern.
    await done();
    const figures = await play({
      async startServer() {
        const lean = upstreams === 'five';
        const script = lean ? join(root, 'tests/bench/servers/lean.ts') : here('processes/twelve.ts');
        const flags = [...LEAN_FLAGS, '--import', here('processes/tell-breakers.ts')];
        const child = run(script, lean ? [] : [root], { env, flags });
        const { port } = await next<{ port: number }>(child);
        // The short form runs beside other tests: where cores are few, the server is slow before its upstreams are.
        if (size === 'short') setPriority(child.pid ?? 0, YIELDING);
        return serverOf(child, port, root);
      },
      async startHost() {
        const { child, port } = await runHost(
          'lean',
          { MOCKS_PORT: String(await freePort()), WARM_UP: '5' },
          { cwd: root },
        );
        children.add(child);
        return { ...processOf(child, port), breakers: askForBreakers(child, port) };
      },
      async calls() {
        const { late: before, calls } = await done();
        late = Math.max(late, before);
        return calls;
      },
      takes: (name, delay) => void upstream.send({ name, delay }),
      async startLoad() {
        const child = run(here('processes/load.ts'), [], { cwd: ROOT });
        await next(child);
        return loadOf(child);
      },
      async neighbours(aCore, milliseconds) {
        const busy = `const end = Date.now() + ${milliseconds}; while (Date.now() < end);`;
        const loops = Array.from({ length: aCore * availableParallelism() }, () =>
          spawn(process.execPath, ['-e', busy]),
        );
        for (const loop of loops) children.add(loop);
        await Promise.all(loops.map((loop) => new Promise((resolve) => loop.once('exit', resolve))));
      },
    });
    if (upstreams === 'its own') return figures;
    const seen = `${Math.max(late, (await done()).late).toFixed(0)} ms`;
    return [...figures, { what: 'upstreams were late by at most', wanted: 'told', seen, held: true }];
  } finally {
    end();
    await Promise.all([...children].map(ended));
    process.off('exit', end);
  }
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The next thing that a process tells. */
function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`${child.spawnargs.at(-1)} ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
}

function serverOf(child: ChildProcess, port: number, root: string): Server {
  const breakers: Opening[] = [];
  child.on('message', (told: Opening) => breakers.push(told));
  child.send({ lanes: moduleIn(root, 'upstream', 'state.ts') });
  return { ...processOf(child, port), breakers };
}

/** The same of a host, whose readiness names the upstreams that it rests from. */
function askForBreakers(child: ChildProcess, port: number): Opening[] {
  const breakers: Opening[] = [];
  const timer = setInterval(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/health/ready`).catch(() => undefined);
    const { degraded = [] } = ((await answer?.json().catch(() => undefined)) ?? {}) as { degraded?: string[] };
    if (degraded.join() !== breakers.at(-1)?.open.join()) breakers.push({ at: Date.now(), open: degraded });
  }, LOOK);
  child.once('exit', () => clearInterval(timer));
  return breakers;
}

function processOf(child: ChildProcess, port: number): Omit<Server, 'breakers'> {
  const proc = (file: string) => {
    try {
      return readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
    } catch {
      return '';
    }
  };
  return {
    port,
    ready: moment(),
    signal: (name) => void child.kill(name),
    time() {
      const [ran = 0, waited = 0] = proc('schedstat').split(' ').map(Number);
      return { ran: ran / 1e6, waited: waited / 1e6 };
    },
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(proc('status'))?.[1] ?? 0) / MIB,
    stop: () => void child.kill('SIGKILL'),
  };
}

/** Asks for the answer that is watched until it is kept whole. */
export async function keep({ port }: Server): Promise<void> {
  const late = moment() + PATIENCE;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}${KEPT}`);
    await answer.arrayBuffer();
    if (answer.ok && !answer.headers.has('section-status')) return;
    if (moment() > late) throw new Error(`${KEPT} did not come whole in ${PATIENCE} ms (${answer.status})`);
    await pause(50);
  }
}

function loadOf(child: ChildProcess): Load {
  let aimed: (readonly string[])[] = [];
  const order = (what: Order) => void child.send(what);
  const seen: { asked: Asked[]; watched: Asked[] } = { asked: [], watched: [] };
  const tell = async (what: 'look' | 'finish'): Promise<Became> => {
    const told = next<Told[]>(child);
    order(what);
    const [asked = [], watched = []] = (await told).map((told, line) => askedOf(told, aimed[line] ?? []));
    for (const one of asked) seen.asked.push(one);
    for (const one of watched) seen.watched.push(one);
    return seen;
  };
  return {
    aim({ port }, targets, watched = []) {
      aimed = [targets, watched];
      const line = { port, targets, most: MOST_CONNECTIONS };
      order({ lines: [line, { port, targets: watched, most: MOST_WATCHING }] });
    },
    rate(perSecond) {
      order({ line: 0, rate: perSecond });
      order({ line: 1, rate: (aimed[1]?.length ?? 0) * WATCHED_PER_SECOND });
    },
    look: () => tell('look'),
    finish: () => tell('finish'),
  };
}

function askedOf({ words, due, ended, target, outcome }: Told, targets: readonly string[]): Asked[] {
  return [...due].map((moment, at) => ({
    due: moment,
    ended: ended[at] ?? 0,
    target: targets[target[at] ?? 0] ?? '',
    outcome: words[outcome[at] ?? 0] ?? '',
  }));
}

/**
 * Answers a second over a few connections that are always busy, once the code is warm. A server that rests from an
 * upstream meanwhile has another turn: what it does not ask for costs it nothing.
 */
export async function capacityOf(server: Server, seconds: number, targets = FIVE): Promise<number> {
  let turn = 0;
  const target = () => withId(targets[turn++ % targets.length] ?? '/');
  const connections = targets.length > 1 ? 60 : 20;
  for (let tries = 1; ; tries++) {
    await load(server.port, target, { connections, seconds });
    await wholeAgain(server, targets[0]);
    const began = moment();
    const { answers, failures, seconds: took } = await load(server.port, target, { connections, seconds });
    const rested = server.breakers.some(({ at, open }) => at >= began && open.length > 0);
    await wholeAgain(server, targets[0]);
    if ((failures === 0 && !rested) || tries === MOST_TRIES) return Math.max(1, answers - failures) / took;
  }
}

/**
 * Asks one after the other until five in a row are whole and every breaker is closed; how long that took, in seconds, or
 * undefined.
 */
export async function wholeAgain({ port, breakers }: Server, target = FIVE_CALLS): Promise<number | undefined> {
  const began = moment();
  for (let whole = 0; moment() < began + PATIENCE; await pause(20)) {
    const answer = await fetch(`http://127.0.0.1:${port}${withId(target)}`);
    await answer.arrayBuffer();
    whole = answer.ok && !answer.headers.has('section-status') ? whole + 1 : 0;
    const open = breakers.at(-1)?.open ?? [];
    if (whole >= 5 && open.length === 0) return (moment() - began) / 1_000;
  }
  return undefined;
}
