import fc from 'fast-check';
import { expect, test } from 'vitest';
import { laneQuery, laneShown } from '#inspector/lanes.ts';
import { chosen, scenarioIn } from '#inspector/scenario-choices.ts';
import { ScenarioWord, UPSTREAMS } from '#schemas/upstream/scenario.ts';

const names = fc.constantFrom(...UPSTREAMS);
const words = fc.constantFrom(...ScenarioWord.options);

test('a choice changes one upstream and leaves the others, and is taken back by an empty one', () => {
  fc.assert(
    fc.property(fc.dictionary(names, words), names, words, (before, name, word) => {
      const after = chosen(before, `${name}=${word}`) ?? '';
      // What is written can be read, unless it is longer than a scenario may be.
      fc.pre(after.length <= 200);
      expect(scenarioIn(after)).toEqual({ ...before, [name]: word });
      const { [name]: _, ...others } = before;
      expect(scenarioIn(chosen(scenarioIn(after), `${name}=`))).toEqual(others);
    }),
  );
});

test('what is no choice changes nothing', () => {
  for (const text of ['', 'reviews', 'reviews=loud', 'nobody=slow', 'reviews=slow=down', 'reviews=slow,pricing=down']) {
    expect(chosen({}, text) ?? 'refused').toBe('refused');
  }
  expect(scenarioIn('reviews=loud')).toEqual({});
});

test('a page shows the lane that is asked for, else the reader’s own, and never one that is not there', () => {
  const lanes = ['', 'reviews=down', 'pricing=slow'];
  const asked = (lane: string) => new URLSearchParams(laneQuery(lane)).get('lane') ?? undefined;
  for (const lane of lanes) for (const own of lanes) expect(laneShown(asked(lane), own, lanes)).toBe(lane);
  expect(laneShown(undefined, 'reviews=down', lanes)).toBe('reviews=down');
  expect(laneShown('cart=down', 'reviews=down', lanes)).toBe('');
  expect(laneShown(undefined, 'cart=down', lanes)).toBe('');
});
