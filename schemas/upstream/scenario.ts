import { z } from 'zod';

/** The upstreams that a scenario may name. */
export const UPSTREAMS = [
  'catalog',
  'pricing',
  'inventory',
  'reviews',
  'recommendations',
  'content',
  'cart',
  'orders',
  'customers',
  'shipping',
  'payments',
  'support',
] as const;
export type UpstreamName = (typeof UPSTREAMS)[number];

/** How a mocked upstream may misbehave. */
export const ScenarioWord = z.enum(['slow', 'down', 'hang', 'drifted', 'empty', 'huge', 'flaky']);
export type ScenarioWord = z.infer<typeof ScenarioWord>;

/** Which upstreams misbehave, and how; the others are well. */
export type Scenario = { readonly [name in UpstreamName]?: ScenarioWord };

export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario; readonly canonical: string }
  | { readonly ok: false; readonly problem: string };

const MAX_LENGTH = 200;

/** Reads `reviews=down,pricing=slow`; `canonical` is the same for every order in which it may be written. */
export function parseScenario(text: string): ParsedScenario {
  if (text.length > MAX_LENGTH)
    return refused(`A scenario has at most ${MAX_LENGTH} characters, this one ${text.length}.`);
  if (text.trim() === '') return refused('The scenario is empty: write one such as reviews=down.');
  const scenario: { [name in UpstreamName]?: ScenarioWord } = {};
  for (const part of text.split(',')) {
    const pair = part.trim();
    if (pair === '') return refused('The scenario has an empty part between its commas.');
    const cut = pair.indexOf('=');
    if (cut < 0) return refused(`"${pair}" is not an upstream and a word: write ${pair}=down.`);
    const name = pair.slice(0, cut).trim();
    const word = pair.slice(cut + 1).trim();
    if (!isUpstream(name)) return refused(`"${name}" is not an upstream; these are: ${UPSTREAMS.join(', ')}.`);
    const parsed = ScenarioWord.safeParse(word);
    if (!parsed.success)
      return refused(`"${word}" is not a scenario word; these are: ${ScenarioWord.options.join(', ')}.`);
    if (scenario[name] !== undefined) return refused(`"${name}" is named twice.`);
    scenario[name] = parsed.data;
  }
  return { ok: true, scenario, canonical: canonicalScenario(scenario) };
}

/** A scenario written in its one canonical form. */
export function canonicalScenario(scenario: Scenario): string {
  return Object.entries(scenario)
    .map(([name, word]) => `${name}=${word}`)
    .sort()
    .join(',');
}

function isUpstream(name: string): name is UpstreamName {
  return (UPSTREAMS as readonly string[]).includes(name);
}

function refused(problem: string): ParsedScenario {
  return { ok: false, problem };
}
