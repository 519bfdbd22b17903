import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { done } from '#kernel/contract/answer.ts';
import { operation } from '#kernel/contract/operation.ts';
import { ANONYMOUS, authenticated, type Identified } from '#kernel/identity/principal.ts';
import { startEngine } from '#tests/support/engine.ts';

const contract = {
  summary: '',
  input: z.object({}),
  example: {},
  answers: { 204: undefined },
  deadline: 500,
} as const;
const write = (audience: 'public' | 'either' | 'personal') =>
  operation({ ...contract, id: audience, audience, route: `POST /api/${audience}` }, async () => done());
const OPERATIONS = [write('public'), write('either'), write('personal')];

const PROOF = { 'sec-fetch-site': 'same-origin', origin: 'http://shop.test', 'x-csrf': '1' };
const SESSION = authenticated('session', 'https://issuer.test', 'ana');

const send = async (who: Identified, audience: string, headers: Record<string, string>) =>
  (await startEngine({}, OPERATIONS, { identify: () => who }).ask(`/api/${audience}`, headers, { method: 'POST' }))
    .status;
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(PROOF).filter(([name]) => !names.includes(name)));

describe('a write that a browser sends', () => {
  test.each<[string, Record<string, string>, number]>([
    ['with all proof', PROOF, 204],
    ['with Origin alone', without('sec-fetch-site'), 204],
    ['with Sec-Fetch-Site alone', without('origin'), 204],
    ['with neither of them', without('origin', 'sec-fetch-site'), 403],
    ['without our header', without('x-csrf'), 403],
    ['with another value in it', { ...PROOF, 'x-csrf': 'true' }, 403],
    ['from another site', { ...PROOF, 'sec-fetch-site': 'cross-site' }, 403],
    ['from the same site', { ...PROOF, 'sec-fetch-site': 'same-site' }, 403],
    ['by its address bar', { ...PROOF, 'sec-fetch-site': 'none' }, 403],
    ['from another origin', { ...PROOF, origin: 'https://evil.test' }, 403],
    ['from an origin that begins like ours', { ...PROOF, origin: 'http://shop.test.evil' }, 403],
    ['from no origin', { ...PROOF, origin: 'null' }, 403],
  ])('%s', async (_, headers, status) => {
    expect(await send(SESSION, 'personal', headers)).toBe(status);
    expect(await send(SESSION, 'either', headers)).toBe(status);
    // Nobody's as well: it may open a session, or end one that is not known here.
    expect(await send(ANONYMOUS, 'either', headers)).toBe(status);
  });
});

test('a write of an app, or of what never knows who asks, needs no proof', async () => {
  const app = authenticated('bearer', 'https://issuer.test', 'ana');
  for (const audience of ['either', 'personal']) expect(await send(app, audience, {})).toBe(204);
  expect(await send(ANONYMOUS, 'public', {})).toBe(204);
});
