import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalScenario,
  type ParsedScenario,
  parseScenario,
  ScenarioWord,
  UPSTREAMS,
} from '#schemas/upstream/scenario.ts';

const pairs = fc.uniqueArray(fc.tuple(fc.constantFrom(...UPSTREAMS), fc.constantFrom(...ScenarioWord.options)), {
  selector: ([name]) => name,
  minLength: 1,
});
const spaces = fc.constantFrom('', ' ', '  ', '\t');

function accepted(text: string): Extract<ParsedScenario, { ok: true }> {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed;
}

describe('a scenario', () => {
  test('has one canonical form for every order and spacing in which it may be written', () => {
    const written = pairs.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.array(spaces, { minLength: list.length * 2, maxLength: list.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(written, ([list, shuffled, gaps]) => {
        const plain = list.map(([name, word]) => `${name}=${word}`).join(',');
        const loose = shuffled
          .map(([name, word], at) => `${gaps[2 * at]}${name} =${gaps[2 * at + 1]}${word} `)
          .join(',');
        fc.pre(loose.length <= 200);
        expect(accepted(loose).canonical).toBe(accepted(plain).canonical);
      }),
    );
  });

  test('comes back from its canonical form as it was', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const scenario = Object.fromEntries(list);
        const canonical = canonicalScenario(scenario);
        expect(accepted(canonical)).toEqual({ ok: true, scenario, canonical });
      }),
    );
  });

  test('that differs from another in any word has another canonical form', () => {
    fc.assert(
      fc.property(pairs, pairs, (one, other) => {
        const [first, second] = [Object.fromEntries(one), Object.fromEntries(other)];
        const same = canonicalScenario(first) === canonicalScenario(second);
        const entries = (scenario: object) => JSON.stringify(Object.entries(scenario).sort());
        expect(same).toBe(entries(first) === entries(second));
      }),
    );
  });

  test('holds nothing but upstreams and words that there are, whatever was written', () => {
    const near = fc.array(fc.constantFrom(...UPSTREAMS, ...ScenarioWord.options, '=', ',', ' ', '__proto__', 'x'));
    const wild = fc.oneof(
      fc.string(),
      near.map((list) => list.join('')),
    );
    fc.assert(
      fc.property(wild, (text) => {
        const parsed = parseScenario(text);
        if (!parsed.ok) {
          expect(parsed.problem).toMatch(/\w/);
          return;
        }
        for (const [name, word] of Object.entries(parsed.scenario)) {
          expect(UPSTREAMS).toContain(name);
          expect(ScenarioWord.options).toContain(word);
        }
      }),
    );
  });

  test.each([
    ['', /empty/],
    ['   ', /empty/],
    ['reviews=down,', /empty part/],
    [',reviews=down', /empty part/],
    ['reviews', /write reviews=down/],
    ['reviews=', /"" is not a scenario word/],
    ['=down', /"" is not an upstream/],
    ['reviews=down=slow', /"down=slow" is not a scenario word/],
    ['Reviews=down', /"Reviews" is not an upstream; these are: catalog, pricing/],
    ['reviews=Down', /these are: slow, down, hang, drifted, empty, huge, flaky/],
    ['reviews=down,reviews=down', /"reviews" is named twice/],
    ['__proto__=down', /is not an upstream/],
    ['constructor=down', /is not an upstream/],
    [`reviews=down${' '.repeat(200)}`, /at most 200 characters, this one 212/],
  ])('is refused, with the reason, where it is written %j', (text, why) => {
    const parsed = parseScenario(text);
    expect(parsed).toEqual({ ok: false, problem: expect.stringMatching(why) });
  });
});
