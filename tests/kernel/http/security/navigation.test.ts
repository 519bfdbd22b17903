import { beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { seeOther } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { refuse } from '#kernel/contract/problem.ts';
import { cookieJar } from '#kernel/identity/cookies.ts';
import { recentTraces } from '#kernel/telemetry/trace.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';

const begin = vi.fn();
const common = { summary: '', answers: { 303: undefined }, deadline: 1_000 } as const;
const login = operation(
  {
    ...common,
    id: 'login',
    route: 'GET /api/login',
    audience: 'public',
    input: z.object({}),
    example: {},
    navigation: true,
    limit: 'logins',
  },
  async () => {
    begin();
    return seeOther('/');
  },
);

const LOST = { lost: { status: 410, title: 'Lost', meaning: 'It is gone.', whatToDo: 'Begin again.' } };
const finishing = {
  ...common,
  audience: 'public',
  input: z.object({ word: z.string().optional() }),
  example: {},
  problems: LOST,
} as const;
const finish = async ({ word }: { word?: string | undefined }) => {
  if (word === 'bug') throw new TypeError('a bug');
  return refuse('lost', 'It is gone.');
};
const finishLogin = operation({ ...finishing, id: 'finish', route: 'GET /api/finish', navigation: true }, finish);
const data = operation({ ...finishing, id: 'data', route: 'GET /api/data' }, finish);
const account = operation(
  {
    ...common,
    id: 'account',
    route: 'GET /api/account-page',
    audience: 'personal',
    input: z.object({}),
    example: {},
    navigation: true,
  },
  async () => seeOther('/'),
);

let shop: TestEngine;
beforeEach(() => {
  shop = startEngine({}, [login, finishLogin, data], { rateLimits: { logins: { quota: 3, seconds: 60 } } });
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
  for (let index = 0; index < 4; index++) {
    await shop.ask('/api/login', headers);
    all.push(recentTraces()[0]?.status);
  }
  expect(all).toEqual([303, 303, 303, 429]);
  expect(begin).toHaveBeenCalledTimes(3);
});

/** As browsers go to a page. */
const HTML = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const toProblem = (slug: string) => expect.stringMatching(new RegExp(`^/problems/${slug}\\?trace=[\\w.-]+$`));

test.each<[string, string, Record<string, string>, string, number]>([
  ['an address that can’t be read', '/api/login?nope=1', fields('document', 'navigate'), 'invalid-request', 400],
  ['what the code refuses', '/api/finish', fields('document', 'navigate'), 'lost', 410],
  ['a bug of ours', '/api/finish?word=bug', fields('document', 'navigate'), 'internal', 500],
  ['a browser without the fields', '/api/finish', {}, 'lost', 410],
])('a person sees a page about %s, never JSON', async (_, target, headers, slug, status) => {
  const told = await shop.ask(target, { ...HTML, ...headers });
  expect([told.status, told.headers.location, told.text]).toEqual([303, toProblem(slug), '']);
  expect(told.headers).toMatchObject({ 'cache-control': 'no-store', 'x-request-id': expect.any(String) });
  expect(recentTraces()[0]).toMatchObject({ status, problem: slug });
});

test('the cookies of a refusal go with it to the page', async () => {
  const gone = startEngine({}, [account], { identify: () => 'ended', cookies: cookieJar('http://shop.test') });
  const headers = { ...HTML, cookie: 'sid=gone' };
  const told = await gone.ask('/api/account-page', headers);
  expect([told.status, told.headers.location]).toEqual([303, toProblem('unauthenticated')]);
  expect(told.headers['set-cookie']).toMatch(/^sid=; .*Max-Age=0/);
  expect(told.headers['www-authenticate']).toBeUndefined();
});

test('too many logins are told on a page as well, and none is begun', async () => {
  for (let index = 0; index < 3; index++) await shop.ask('/api/login', HTML);
  const told = await shop.ask('/api/login', HTML);
  expect([told.status, told.headers.location]).toEqual([303, toProblem('too-many-requests')]);
  expect(begin).toHaveBeenCalledTimes(3);
});

test.each<[string, Record<string, string>]>([
  ['a program', { accept: '*/*' }],
  ['a program that says nothing', {}],
  ['one that wants JSON', { accept: 'application/json, text/html;q=0' }],
  ['a script of a page', { ...HTML, ...fields('empty', 'cors') }],
  ['an image', { ...HTML, ...fields('image', 'no-cors') }],
  ['a page that is fetched ahead', { ...HTML, ...fields('document', 'navigate'), 'sec-purpose': 'prefetch' }],
])('%s gets the problem itself', async (_, headers) => {
  const told = await shop.ask('/api/finish', headers);
  expect(told.headers['content-type']).toBe('application/problem+json');
  expect(told.status).toBe(told.json.status);
});

test('an address that is not for people gives browsers the problem itself', async () => {
  const told = await shop.ask('/api/data', HTML);
  expect([told.status, told.headers['content-type']]).toEqual([410, 'application/problem+json']);
});
