import { headers } from 'next/headers';
import { here } from '#app/door.ts';
import { nextEngine } from '#app/engine.ts';
import type { Lane } from '#kernel/base/lane.ts';
import { cookieOf } from '#kernel/identity/cookies.ts';

/** The cookie that takes all requests of a browser into a lane. */
export const SCENARIO_COOKIE = 'scenario';

/** The scenario under which the page that is rendered asks, in the order in which requests choose theirs. */
export interface CurrentScenario {
  readonly text: string;
  readonly from: 'header' | 'address' | 'cookie';
  /** Undefined where it is refused. */
  readonly lane: Lane | undefined;
  readonly problem: string | undefined;
}

export async function currentScenario(): Promise<CurrentScenario | undefined> {
  const given = await headers();
  const query = new URL(await here(), 'http://here.invalid').searchParams.get('scenario');
  const cookie = cookieOf(given.get('cookie') ?? undefined, SCENARIO_COOKIE);
  const found = (
    [
      ['header', given.get('x-scenario')],
      ['address', query],
      ['cookie', cookie && decoded(cookie)],
    ] as const
  ).find(([, text]) => text);
  if (found === undefined) return undefined;
  const [from, text] = found as [CurrentScenario['from'], string];
  const read = nextEngine().runtime.scenarios.read(text);
  return 'lane' in read
    ? { text, from, lane: read.lane, problem: undefined }
    : { text, from, lane: undefined, problem: read.problem };
}

/** What a cookie says; what can’t be decoded stays as it came. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
