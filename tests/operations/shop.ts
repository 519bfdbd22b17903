import { readEnv } from '#config/env.ts';
import { createRuntime } from '#host/runtime.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { MAIN_LANE } from '#kernel/base/lane.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { createEngine, type Engine, type Runtime } from '#kernel/http/engine/engine.ts';
import { routesOf } from '#kernel/http/engine/routing.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { type LaneState, laneState } from '#kernel/upstream/lane/state.ts';
import { type MockOptions, startMockServer } from '#mocks/server.ts';
import { operations } from '#operations/index.ts';
import { UNHURRIED } from '#tests/support/patience.ts';
import { steadyLoop } from '#tests/support/steady-loop.ts';

/** What an operation answered, read. */
export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly meta: { readonly complete: boolean; readonly sections: Readonly<Record<string, SectionStatus>> } | undefined;
}

/** The shop as it is served: every operation, over the real mock server on a real port. */
export interface Shop {
  readonly engine: Engine;
  /** Where the mocks are, as their own links have it. */
  readonly origin: string;
  /** What nobody foresaw. */
  readonly reported: unknown[];
  ask(target: string, headers?: Record<string, string>, gone?: Cancellation): Promise<Told>;
  /** Asks under a scenario; gives up early where somebody hangs. */
  under(scenario: string, target: string, deadline?: number): Promise<Told>;
  lane(name?: string): LaneState;
  /** Forgets everything, as a new process would. */
  restart(): void;
  close(): Promise<void>;
}

export async function openShop(
  more: Partial<Pick<Runtime, 'identify'>> = {},
  options: MockOptions = {},
): Promise<Shop> {
  const mocks = await startMockServer(0, { latency: 'none', ...options });
  const env = readEnv({
    MOCKS_PORT: String(mocks.port),
    PUBLIC_URL: 'http://localhost:3000',
    LOG_LEVEL: 'silent',
    // All tests come from one address.
    RATE_LIMIT_READS: 'off',
    DEADLINE_SCALE: String(UNHURRIED),
  });
  const routes = routesOf(operations);
  const reported: unknown[] = [];
  const begin = () => {
    resetRegistry();
    steadyLoop();
    const runtime = createRuntime(env, { defer: (work) => void work.catch(() => undefined) });
    return createEngine({ ...runtime, ...more, report: (error) => reported.push(error) }, operations);
  };
  let engine = begin();
  const ask: Shop['ask'] = async (target, headers = {}, gone = new Cancellation()) => {
    return told(
      await answer(engine, routes, { method: 'GET', target, headers, body: undefined, address: '192.0.2.1', gone }),
    );
  };
  return {
    get engine() {
      return engine;
    },
    origin: `http://127.0.0.1:${mocks.port}`,
    reported,
    ask,
    under: (scenario, target, deadline) =>
      ask(target, { 'x-scenario': scenario, ...(deadline && { 'x-deadline-ms': String(deadline) }) }),
    lane: (name = MAIN_LANE) => laneState(name, engine.runtime.cacheBytes),
    restart: () => {
      engine = begin();
    },
    close: () => mocks.close(),
  };
}

function told({ status, headers, body: bytes }: Awaited<ReturnType<typeof answer>>): Told {
  const text = Buffer.from(typeof bytes === 'object' ? bytes : []).toString();
  const flat: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) flat[(headers[at] ?? '').toLowerCase()] = headers[at + 1] ?? '';
  const { meta, ...body } = JSON.parse(text || '{}') as Record<string, unknown>;
  return { status, headers: flat, body, text, meta: meta as Told['meta'] };
}

/** The body as its own schema knows it: whatever the schema would strip makes the two differ. */
export function bySchema({ contract }: Pick<Operation, 'contract'>, { body }: Told): unknown {
  return contract.output?.parse(body);
}

/** A problem, cut down to what a test says of it. */
export function problemOf({ status, body, headers }: Told) {
  const { code, detail, type, errors } = body as {
    code: string;
    detail?: string;
    type: string;
    errors?: { in: string; path: string; code: string }[];
  };
  const fields = errors?.map((error) => `${error.in} ${error.path}: ${error.code}`);
  return { status, code, detail, type, fields, contentType: headers['content-type'] };
}

/** Whether everything in one value stands in another, in the same order; the other may hold more. */
export function isPartOf(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part) && Array.isArray(whole)) {
    let at = 0;
    return part.every((item) => {
      while (at < whole.length && !isPartOf(item, whole[at])) at++;
      return at++ < whole.length;
    });
  }
  if (typeof part !== 'object' || part === null || typeof whole !== 'object' || whole === null) return part === whole;
  return Object.entries(part).every(([key, value]) => isPartOf(value, (whole as Record<string, unknown>)[key]));
}
