import { randomBytes, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import { purgeTags } from '#kernel/cache/tags.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { createEngine, type Engine, type Runtime } from '#kernel/http/engine/engine.ts';
import { routesOf } from '#kernel/http/engine/routing.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { cookieJar } from '#kernel/identity/cookies.ts';
import { authenticated, type Identify } from '#kernel/identity/principal.ts';
import type { Sessions } from '#kernel/identity/session.ts';
import { createSeal, type Seal } from '#kernel/state/seal.ts';
import type { State } from '#kernel/state/state.ts';
import { type LaneState, laneState } from '#kernel/upstream/lane/state.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { connect } from '#services/state/sqlite/sqlite-connection.ts';
import { UNHURRIED } from './patience.ts';
import { steadyLoop } from './steady-loop.ts';
import { TestOutlet } from './stream.ts';

const CACHE_BYTES = 16 * 1024 * 1024;

/** What an operation answered, read. */
export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as JSON; undefined where there is none. */
  readonly json: Record<string, unknown>;
  readonly text: string;
  readonly sections: Readonly<Record<string, SectionStatus>>;
}

export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  /** The fields of a form, in place of a body. */
  readonly form?: Readonly<Record<string, string>>;
  /** Where the client is. */
  readonly address?: string;
  /** Cancelled where the client leaves. */
  readonly gone?: Cancellation;
}

/** A started engine, and how to ask it. */
export interface TestEngine {
  readonly engine: Engine;
  /** What was reported to the log as unforeseen. */
  readonly reported: unknown[];
  ask(target: string, headers?: Record<string, string>, asked?: Asked): Promise<Told>;
  /** Opens a stream of events; fails where the answer is none. */
  listen(target: string, headers?: Record<string, string>, address?: string): Promise<TestOutlet>;
  purge(...tags: string[]): void;
  lane(name?: string): LaneState;
  /** Waits for all work that was deferred, and what that has deferred. */
  settled(): Promise<void>;
}

/** A fresh process: what earlier tests left on the registry is forgotten. */
export function startEngine(
  urls: Readonly<Record<string, string>>,
  operations: readonly Operation[],
  {
    state,
    seal,
    ...more
  }: Partial<
    Pick<
      Runtime,
      | 'upstreams'
      | 'identify'
      | 'dev'
      | 'cacheBytes'
      | 'captures'
      | 'log'
      | 'rateLimits'
      | 'apps'
      | 'scenarios'
      | 'cookies'
      | 'security'
      | 'warn'
      | 'trustedProxies'
      | 'deadlineScale'
      | 'tier'
      | 'cdn'
    >
  > & { state?: State; seal?: Seal } = {},
): TestEngine {
  resetRegistry();
  steadyLoop();
  const reported: unknown[] = [];
  const deferred = new Set<Promise<unknown>>();
  const engine = createEngine(
    {
      upstreams: Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, { url, mocked: true }])),
      publicUrl: 'http://shop.test',
      cacheBytes: CACHE_BYTES,
      dev: false,
      identify: bearerIs,
      cookies: cookieJar('http://shop.test'),
      sessions: sessionsOn(state, seal),
      scenarios: { read: (text) => ({ lane: text }), header: (lane) => lane },
      rateLimits: {},
      apps: NO_APPS,
      trustedProxies: 0,
      deadlineScale: UNHURRIED,
      defer: (work) => {
        deferred.add(work);
        work.finally(() => deferred.delete(work)).catch(() => undefined);
      },
      log: () => {},
      report: (error) => reported.push(error),
      ...more,
    },
    operations,
  );
  const routes = routesOf(operations);
  return {
    engine,
    reported,
    async ask(target, headers = {}, asked = {}) {
      const { method = 'GET', body, form, address = '192.0.2.1', gone = new Cancellation() } = asked;
      const text = form ? new URLSearchParams(form).toString() : body === undefined ? undefined : JSON.stringify(body);
      const bytes = text === undefined ? undefined : Buffer.from(text);
      const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
      const all = bytes ? { 'content-type': type, 'content-length': String(bytes.length), ...headers } : headers;
      const inbound = { method, target, headers: all, body: bytes && stream(bytes), address, gone };
      return told(await answer(engine, routes, inbound));
    },
    async listen(target, headers = {}, address = '192.0.2.1') {
      const all = { accept: 'text/event-stream', ...headers };
      const inbound = { method: 'GET', target, headers: all, body: undefined, gone: new Cancellation() };
      const reply = await answer(engine, routes, { ...inbound, address });
      if (typeof reply.body !== 'function') throw new Error(`no stream: ${reply.status} ${reply.body}`);
      const outlet = new TestOutlet();
      reply.body(outlet);
      return outlet;
    },
    purge: (...tags) => {
      purgeTags(engine.deps.tags, tags, performance.now());
    },
    lane: (name = MAIN_LANE) => laneState(name, engine.runtime.cacheBytes),
    settled: async () => {
      while (deferred.size > 0) await Promise.allSettled([...deferred]);
    },
  };
}

const ANY = { minimum: undefined, recommended: undefined, store: undefined };
const NO_APPS = { ios: ANY, android: ANY };

/** Sessions on a state, else in a file that is made once somebody asks for one. */
function sessionsOn(state = openSqliteState(newFile()), seal = createSeal([randomBytes(32)])): Sessions {
  return { state, seal, now: Date.now };
}

const FOLDER = join(tmpdir(), `tributary-${process.pid}`);
const EMPTY = join(FOLDER, 'empty.db');

/** A copy of a state file without a key: making its tables anew for each engine takes the disk's time. */
function newFile(): string {
  if (!existsSync(EMPTY)) {
    mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
    connect(EMPTY, 'NORMAL').database.close();
  }
  const file = join(FOLDER, `${randomUUID()}.db`);
  copyFileSync(EMPTY, file);
  return file;
}

/** `authorization: Bearer <user>` is the user of that name; `Bearer bad` is refused. */
export const bearerIs: Identify = ({ authorization }) => {
  if (authorization === undefined) return { kind: 'anonymous' };
  const user = /^Bearer (\w+)$/.exec(authorization)?.[1];
  if (user === undefined || user === 'bad') return 'refused';
  return authenticated('bearer', 'https://issuer.test', user, { credential: async () => tokenOf(user) });
};

/** A token in the shape of a JWT, which nobody has signed: whom the mocks take it from. */
export const tokenOf = (subject: string): string =>
  `e30.${Buffer.from(JSON.stringify({ sub: subject })).toString('base64url')}.x`;

/** A client that can leave. */
export function client(): { gone: Cancellation; leave: () => void } {
  const gone = new Cancellation();
  return { gone, leave: () => gone.cancel(callError('aborted', 'the client left')) };
}

function told({ status, headers, body }: Awaited<ReturnType<typeof answer>>): Told {
  const text = typeof body === 'object' ? Buffer.from(body).toString('utf8') : '';
  const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  const flat: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) flat[(headers[at] ?? '').toLowerCase()] = headers[at + 1] ?? '';
  const meta = json.meta as { sections: Record<string, SectionStatus> } | undefined;
  return { status, headers: flat, json, text, sections: meta?.sections ?? {} };
}

async function* stream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
