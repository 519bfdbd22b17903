import type { Scenario, ScenarioWord, UpstreamName } from '#schemas/upstream/scenario.ts';
import { canonicalScenario, UPSTREAMS } from '#schemas/upstream/scenario.ts';
import type { TraceFile } from '#schemas/view/server/trace-file.ts';

/** From most to least harmful: of several failures of one upstream the first of these is replayed. */
const WORST_FIRST: readonly ScenarioWord[] = ['down', 'drifted', 'slow', 'flaky'];

/** The scenario that is shaped like the failures of a trace; empty where there were none that a mock can play. */
export function scenarioOf({ bars }: TraceFile): string {
  const scenario: { [name in UpstreamName]?: ScenarioWord } = {};
  for (const bar of bars) {
    const name = UPSTREAMS.find((existing) => existing === bar.upstream);
    const word = wordFor(bar);
    if (name === undefined || word === undefined) continue;
    const existing = scenario[name];
    if (existing === undefined || WORST_FIRST.indexOf(word) < WORST_FIRST.indexOf(existing)) scenario[name] = word;
  }
  return canonicalScenario(scenario satisfies Scenario);
}

function wordFor({ outcome, recovered }: TraceFile['bars'][number]): ScenarioWord | undefined {
  switch (outcome) {
    case 'timeout':
    case 'overloaded':
      return 'slow';
    // A breaker is open because calls have failed.
    case 'unavailable':
    case 'open':
      return 'down';
    case 'contract':
      return 'drifted';
    case 'ok':
      return recovered ? 'flaky' : undefined;
    default:
      return undefined;
  }
}

/** The request to replay, or a sentence that says why it can't be. */
export function targetOf({ method, target, operation, audience, example }: TraceFile): string {
  if (audience === undefined) throw new Error('It asked for no operation of ours: there is nothing to ask again.');
  if (audience === 'personal') {
    throw new Error(`${operation} is personal: no user is signed in where it would be replayed.`);
  }
  if (!['GET', 'HEAD', 'PAGE', 'LIVE'].includes(method) || example === undefined) {
    throw new Error(`It was a ${method}: only what changes nothing is asked again.`);
  }
  const asked = target.includes('…') ? example : target;
  if (!/^\/api\/[\x21-\x7e]*$/.test(asked)) throw new Error(`Its address is none of the API: ${asked.slice(0, 80)}`);
  const url = new URL(asked, 'http://here.invalid');
  if (url.host !== 'here.invalid' || !url.pathname.startsWith('/api/'))
    throw new Error('Its address is none of the API.');
  url.searchParams.delete('scenario');
  return url.pathname + url.search;
}
