import { beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { seeOther } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

const begin = vi.fn();
const login = operation(
  {
    id: 'login',
    route: 'GET /api/login',
    summary: '',
    audience: 'public',
    input: z.object({}),
    example: {},
    answers: { 303: undefined },
    navigation: true,
    limit: 'logins',
    deadline: 1_000,
  },
  async () => {
    begin();
    return seeOther('/');
  },
);

let shop: TestEngine;
beforeEach(() => {
  shop = startEngine({}, [login], { rateLimits: { logins: { quota: 3, seconds: 60 } } });
  // The check at start runs it once.
  begin.mockClear();
});

const fields = (dest: string, mode: string, site = 'cross-site') => ({
  'sec-fetch-dest': dest,
  'sec-fetch-mode': mode,
  'sec-fetch-site': site,
});
const IMAGE = 'image/avif,image/webp,*/*;q=0.8';

test.each<[string, Record<string, string>]>([
  ['an image', fields('image', 'no-cors')],
  ['an image of our own', fields('image', 'no-cors', 'same-origin')],
  ['a script', fields('script', 'no-cors')],
  ['a style sheet', fields('style', 'no-cors')],
  ['a fetch', fields('empty', 'cors')],
  ['a fetch that wants no answer', fields('empty', 'no-cors')],
  ['a frame', fields('iframe', 'navigate')],
  ['an object', fields('object', 'navigate')],
  ['an embed', fields('embed', 'no-cors')],
  ['a prefetched page', { ...fields('document', 'navigate', 'none'), 'sec-purpose': 'prefetch;prerender' }],
  ['a prefetch as it was told before', { purpose: 'prefetch' }],
  ['a document that nobody goes to', fields('document', 'cors')],
  ['a destination of tomorrow', fields('hologram', 'navigate')],
  ['an image of a browser without the fields', { accept: IMAGE }],
  ['one that takes less', { accept: 'image/png,image/svg+xml;q=0.8,video/*;q=0.8' }],
  ['a style sheet of one', { accept: 'text/css,*/*;q=0.1' }],
  ['an image of one that sends the mode alone', { 'sec-fetch-mode': 'no-cors' }],
])('%s starts nothing, and is not counted', async (_, headers) => {
  for (let index = 0; index < 5; index++) {
    const { status, json } = await shop.ask('/api/login', headers);
    expect([status, json.code]).toEqual([403, 'forbidden']);
  }
  expect(begin).not.toHaveBeenCalled();
  const all = [];
  for (let index = 0; index < 4; index++) {
    all.push((await shop.ask('/api/login', fields('document', 'navigate'))).status);
  }
  expect(all).toEqual([303, 303, 303, 429]);
});

test.each<[string, Record<string, string>]>([
  ['a link of another site', fields('document', 'navigate')],
  ['one of ours', fields('document', 'navigate', 'same-origin')],
  ['what was typed', fields('document', 'navigate', 'none')],
  ['a browser without the fields', { accept: 'text/html,application/xhtml+xml,image/webp,*/*;q=0.8' }],
  ['a program', { accept: '*/*' }],
  ['a program that says nothing', {}],
  ['fetch outside of browsers', { 'sec-fetch-mode': 'cors', accept: '*/*' }],
])('%s starts a login, and is counted', async (_, headers) => {
  const all = [];
  for (let index = 0; index < 4; index++) all.push((await shop.ask('/api/login', headers)).status);
  expect(all).toEqual([303, 303, 303, 429]);
  expect(begin).toHaveBeenCalledTimes(3);
});
