import { headers } from 'next/headers';
import { here } from '#app/adapter.ts';
import { nextEngine } from '#app/engine.ts';
import type { Lane } from '#kernel/base/lane.ts';
import { type ScenarioAsked, scenarioAsked } from '#kernel/http/engine/scenario.ts';

/** The scenario under which the page that is rendered asks. */
export interface CurrentScenario extends ScenarioAsked {
  /** Undefined where it is refused. */
  readonly lane: Lane | undefined;
  readonly problem: string | undefined;
}

export async function currentScenario(): Promise<CurrentScenario | undefined> {
  const given = Object.fromEntries(await headers());
  const query = new URL(await here(), 'http://here.invalid').searchParams.get('scenario') ?? undefined;
  const { runtime } = nextEngine();
  const asked = scenarioAsked(runtime, given, query);
  if (asked === undefined) return undefined;
  const read = runtime.scenarios.read(asked.text);
  return 'lane' in read
    ? { ...asked, lane: read.lane, problem: undefined }
    : { ...asked, lane: undefined, problem: read.problem };
}
