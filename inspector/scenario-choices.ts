import {
  canonicalScenario,
  parseScenario,
  type Scenario,
  ScenarioWord,
  UPSTREAMS,
  type UpstreamName,
} from '#schemas/upstream/scenario.ts';

/** What a cookie or a query says, as far as it can be read. */
export function scenarioIn(text: string | undefined): Scenario {
  const parsed = text ? parseScenario(text) : undefined;
  return parsed?.ok ? parsed.scenario : {};
}

/** The scenario after one choice such as `reviews=slow`; `reviews=` makes it well again. Undefined where it is none. */
export function chosen(before: Scenario, choice: string): string | undefined {
  const [name = '', word, ...more] = choice.split('=');
  if (more.length > 0 || !isUpstream(name)) return undefined;
  const { [name]: _, ...others } = before;
  if (word === '') return canonicalScenario(others);
  const parsed = ScenarioWord.safeParse(word);
  return parsed.success ? canonicalScenario({ ...others, [name]: parsed.data }) : undefined;
}

const isUpstream = (name: string): name is UpstreamName => (UPSTREAMS as readonly string[]).includes(name);

/** What each word does, for people. */
export const WORDS: Readonly<Record<ScenarioWord, string>> = {
  slow: 'answers late',
  down: 'answers 503',
  hang: 'never answers',
  drifted: 'breaks its contract',
  empty: 'has nothing',
  huge: 'answers far too much',
  flaky: 'fails every other time',
};
