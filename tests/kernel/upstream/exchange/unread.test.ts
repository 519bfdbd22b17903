import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { operation } from '#kernel/contract/operation.ts';
import { optional } from '#kernel/flow/section.ts';
import { path } from '#kernel/upstream/calls/path.ts';
import { upstream } from '#kernel/upstream/calls/upstream-client.ts';
import { startEngine, type TestEngine } from '#tests/support/engine.ts';
import { raw, startUpstream, type TestUpstream } from '#tests/support/upstream.ts';

const Thing = z.object({ id: z.string(), n: z.number(), deep: z.array(z.object({ n: z.number() })).default([]) });
const http = upstream('shop', { timeout: 20_000, attempts: 1, parallel: 8 });
const things = http.batch('things', Thing, {
  max: 9,
  list: 'list',
  id: 'id',
  request: (ids) => ({ get: path`things`.query({ ids: ids.join(',') }) }),
});
const contract = { summary: '', audience: 'public', input: z.object({}), example: {}, deadline: 30_000 } as const;
const output = z.object({ a: Thing.optional(), b: Thing.optional() });
const getOne = operation({ ...contract, id: 'getOne', route: 'GET /api/one', output }, (_, { all }) =>
  all({ a: optional(http.get(path`one`, Thing)) }, (v) => ({ ...(v.a && { a: v.a }) })),
);
const getTwo = operation({ ...contract, id: 'getTwo', route: 'GET /api/two', output }, (_, { all }) =>
  all({ a: optional(things('a', {})), b: optional(things('b', {})) }, ({ a, b }) => ({
    ...(a && { a }),
    ...(b && { b }),
  })),
);

let upstreams: TestUpstream;
let shop: TestEngine;
beforeEach(async () => {
  upstreams = await startUpstream();
  shop = startEngine({ shop: upstreams.url }, [getOne, getTwo]);
});
afterEach(() => upstreams.close());
const answers = (text: string) => {
  upstreams.otherwise = (response) => raw(response, text, { 'content-type': 'application/json' });
};
const missing = { state: 'missing', reason: 'contract' };
const ledger = () => [...shop.lane().ledger.values()].map(({ path: at, actual: seen }) => `${at}: ${seen}`);

const UNREAD: readonly [string, string, string][] = [
  ['a number beyond a double', '"x":1234567890123456789', 'x: has a number that would lose digits'],
  ['a decimal of 28 digits', '"x":0.1234567890123456789012345678', 'x: has a number that would lose digits'],
  ['a doubled key', '"x":1,"x":2', 'x: repeats a key'],
  ['a doubled key in disguise', '"x":1,"\\u0078":2', 'x: repeats a key'],
  ['both deep within', '"x":{"y":[{"z":1e999,"z":1}]}', 'x.y[].z: repeats a key'],
  [
    'beside what is read in a list',
    '"deep":[{"n":1,"x":9007199254740993}]',
    'deep[].x: has a number that would lose digits',
  ],
];

test.each(UNREAD)('in a member that is not read is noted, and no more: %s', async (_, member, note) => {
  answers(`{"id":"a","n":1,${member}}`);
  expect(await shop.ask('/api/one')).toMatchObject({ status: 200, sections: {}, json: { a: { n: 1 } } });
  expect(ledger()).toContain(note);
  answers(`{"list":[{"id":"a","n":1,${member}},{"id":"b","n":2}],"count":12345678901234567890}`);
  expect(await shop.ask('/api/two')).toMatchObject({ status: 200, sections: {}, json: { a: { n: 1 }, b: { n: 2 } } });
});

test.each([
  ['a number', '"n":9007199254740993', 'n: has a number that would lose digits'],
  ['a doubled key', '"n":1,"n":1', 'n: repeats a key'],
  ['a doubled list', '"n":1,"deep":[],"deep":[]', 'deep: repeats a key'],
  ['within a list', '"n":1,"deep":[{"n":1},{"n":9007199254740993}]', 'deep[].n: has a number that would lose digits'],
])('in what the schema holds is drift of that one: %s', async (_, member, note) => {
  answers(`{"id":"a",${member}}`);
  expect((await shop.ask('/api/one')).sections).toEqual({ a: missing });
  expect(ledger()).toContain(note);
  answers(`{"list":[{"id":"a",${member}},{"id":"b","n":2}]}`);
  expect(await shop.ask('/api/two')).toMatchObject({ sections: { a: missing }, json: { b: { n: 2 } } });
});

test('around the items of a batch, or in one that is dropped, is noted, and no more', async () => {
  const odd = '"x":9007199254740993';
  const others = [`{"id":"other",${odd}}`, `{"id":"twin",${odd}}`, '{"id":"twin","n":1,"n":2}'];
  answers(
    `{${odd},"list":[{"id":"a","n":1,"y":1,"y":1},{"id":"b","n":2},${others.join()}],"page":{"n":1,"n":2},"page2":[${odd.slice(4)}]}`,
  );
  expect(await shop.ask('/api/two')).toMatchObject({ status: 200, sections: {}, json: { a: { n: 1 }, b: { n: 2 } } });
  expect(ledger().filter((note) => /digits|repeats/.test(note))).toEqual([
    'x: has a number that would lose digits',
    'list[].x: has a number that would lose digits',
    'list[].n: repeats a key',
    'page.n: repeats a key',
    'page2[]: has a number that would lose digits',
    'y: repeats a key',
  ]);
});

test('a doubled list of a batch is drift of all of it', async () => {
  answers('{"list":[],"list":[{"id":"a","n":1},{"id":"b","n":2}]}');
  expect((await shop.ask('/api/two')).sections).toEqual({ a: missing, b: missing });
});

test.each([
  ['are noted like one', 5_000, '"n":1', {}],
  ['hide none in what is held', 5_000, '"n":9007199254740993', { a: missing }],
  ['beyond all measure are an answer that is not taken', 10_001, '"n":1', { a: missing }],
])('many numbers in a member that is not read %s', async (_, count, held, sections) => {
  answers(`{"id":"a","x":[${Array(count).fill('9007199254740993').join()}],${held}}`);
  expect((await shop.ask('/api/one')).sections).toEqual(sections);
});
