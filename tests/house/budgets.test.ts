import { describe, expect, test } from 'vitest';
import answers from '#operations/recorded/budgets.json' with { type: 'json' };
import { measureAnswers } from '#tests/budgets/answers.ts';
import { HOW_TO_ACCEPT, overruns } from '#tests/budgets/compare.ts';
import type { Figures } from '#tests/budgets/figures.ts';
import pages from '#tests/budgets/pages.json' with { type: 'json' };
import { measurePages } from '#tests/budgets/pages.ts';

const budget: Figures = { pages, answers };

/** Fails with the names of what grew, and with nothing else. */
function within(part: keyof Figures, now: Partial<Figures>): void {
  const only = { pages: {}, answers: {} };
  const said = overruns({ ...only, [part]: budget[part] }, { ...only, ...now });
  if (said.length > 0) expect.fail(`\n${[...said, HOW_TO_ACCEPT].join('\n\n')}`);
}

test('first-load JavaScript is within its budget, page by page', () => {
  within('pages', { pages: measurePages() });
});

test('bytes and upstream calls are within their budgets, operation by operation and client by client', async () => {
  within('answers', { answers: await measureAnswers() });
});

describe('an overrun is reported with what to do', () => {
  const answer = (more: object = {}) => ({
    json: 1_000,
    gzip: 400,
    fields: { title: 200, 'items[].name': 800 },
    calls: { 'thing: shop GET things/{}': 1 },
    ...more,
  });
  const figures = (more: object = {}, page = { 'React and Next': 100_000, 'app/live.tsx': 2_000 }): Figures => ({
    pages: { '/things/[id]': page },
    answers: { 'GET /api/things for anyone': answer(more) },
  });

  test('a page by the modules that grew', () => {
    const now = figures({}, { 'React and Next': 100_010, 'app/live.tsx': 5_600, 'app/new.tsx': 400 } as never);
    expect(overruns(figures(), now)).toEqual([
      [
        'The page /things/[id] loads 106.0 kB of JavaScript at first instead of 102.0 kB (gzip, +4,010 B):',
        '    +  3,600 B  app/live.tsx    2,000 B → 5,600 B',
        '    +    400 B  app/new.tsx     new',
        '    +     10 B  React and Next  100.0 kB → 100.0 kB',
      ].join('\n'),
    ]);
  });

  test('an answer by the fields that grew, and by the calls that were added', () => {
    const fields = { title: 120, 'items[].name': 900, 'items[].image.alt': 300 };
    const calls = { 'thing: shop GET things/{}': 9, 'rating: reviews batch summaries': 1 };
    expect(overruns(figures(), figures({ json: 1_320, gzip: 500, fields, calls }))).toEqual([
      [
        'The answer to GET /api/things for anyone has 1,320 B instead of 1,000 B, 500 B instead of 400 B gzipped:',
        '    +    300 B  items[].image.alt  new',
        '    +    100 B  items[].name       800 B → 900 B',
        '    less than before: title',
      ].join('\n'),
      [
        'The answer to GET /api/things for anyone takes 10 upstream calls instead of 1:',
        '    +        8  thing: shop GET things/{}        1 → 9',
        '    +        1  rating: reviews batch summaries  new',
      ].join('\n'),
    ]);
  });

  test('nothing where it shrank, or grew by less than compression may differ', () => {
    expect(
      overruns(
        figures(),
        figures({ json: 1_009, gzip: 404, calls: {} }, { 'React and Next': 100_900, 'app/live.tsx': 2_099 }),
      ),
    ).toEqual([]);
  });

  test('a call that replaces another, though there are no more of them', () => {
    const calls = { 'thing: shop GET slow/{}': 1 };
    expect(overruns(figures(), figures({ calls }))).toEqual([
      [
        'The answer to GET /api/things for anyone takes 1 upstream calls instead of 1:',
        '    +        1  thing: shop GET slow/{}  new',
        '    less than before: thing: shop GET things/{}',
      ].join('\n'),
    ]);
  });

  test('what has no budget, and what only has one', () => {
    const none: Figures = { pages: {}, answers: {} };
    expect(overruns(none, figures())).toEqual([
      'The page /things/[id] has no budget yet.',
      'The answer to GET /api/things for anyone has no budget yet.',
    ]);
    expect(overruns(figures(), none)).toHaveLength(2);
  });
});
