import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callError } from '#kernel/base/call-error.ts';
import type { ProblemKind } from '#kernel/contract/problem.ts';
import { type ProblemDetails, problemOf } from '#kernel/http/problem/failure.ts';
import { renderProblem } from '#kernel/http/problem/problem.ts';
import { PROBLEMS } from '#kernel/http/problem/problems.ts';

const about = { requestId: 'r-1', base: 'https://shop.example/' };
const render = ({ declared, ...problem }: ProblemDetails & { declared?: Record<string, ProblemKind> }) => {
  const { status, body, contentType } = renderProblem(problem, { ...about, declared });
  expect(contentType).toBe('application/problem+json');
  const members = JSON.parse(Buffer.from(body).toString());
  expect(members.status).toBe(status);
  return members;
};

test('the table is complete', () => {
  const statuses = Object.fromEntries(Object.entries(PROBLEMS).map(([slug, { status }]) => [slug, status]));
  expect(statuses).toEqual({
    'invalid-request': 400,
    'unknown-part': 400,
    'bad-scenario': 400,
    'idempotency-key-missing': 400,
    'request-in-progress': 409,
    'idempotency-key-reused': 422,
    'outcome-unknown': 502,
    'not-found': 404,
    'no-such-route': 404,
    'method-not-allowed': 405,
    'not-acceptable': 406,
    'unsupported-media-type': 415,
    'body-too-large': 413,
    'target-too-long': 414,
    'invalid-body': 422,
    'upgrade-required': 426,
    'precondition-required': 428,
    'precondition-failed': 412,
    unauthenticated: 401,
    forbidden: 403,
    conflict: 409,
    'too-many-requests': 429,
    'upstream-failed': 502,
    'upstream-contract': 502,
    'upstream-timeout': 504,
    'upstream-open': 503,
    overloaded: 503,
    draining: 503,
    starting: 503,
    'state-unavailable': 503,
    'bad-signature': 401,
    'two-credentials': 400,
    'client-left': 499,
    'headers-too-large': 431,
    internal: 500,
  });
  for (const { title, meaning, whatToDo, forOperators } of Object.values(PROBLEMS)) {
    expect(title).toMatch(/^[A-Z][^.]+$/);
    for (const sentence of [meaning, whatToDo, forOperators]) expect(sentence).toMatch(/^[A-Z].+\.$/);
  }
});

test('a problem has every member, and its type opens a page', () => {
  const errors = [{ in: 'query', path: 'limit', message: 'is too large', code: 'too_big' }] as const;
  expect(render({ slug: 'invalid-request', detail: 'One field is wrong.', errors, extra: { parts: ['a'] } })).toEqual({
    type: 'https://shop.example/problems/invalid-request',
    title: 'The request is not valid',
    status: 400,
    detail: 'One field is wrong.',
    instance: '/problems/invalid-request?trace=r-1',
    code: 'invalid-request',
    requestId: 'r-1',
    errors,
    parts: ['a'],
  });
});

test('an unknown or internal problem reveals nothing', () => {
  const leak = {
    detail: 'at /srv/db.ts:3',
    errors: [{ in: 'body', path: 'x', message: 'SELECT', code: 'c' }] as const,
    extra: { stack: 'Error' },
    status: 418,
  };
  const bare = {
    type: 'https://shop.example/problems/internal',
    title: 'Something went wrong on our side',
    status: 500,
    instance: '/problems/internal?trace=r-1',
    code: 'internal',
    requestId: 'r-1',
  };
  for (const slug of ['internal', 'ECONNREFUSED', '__proto__', 'constructor', ''])
    expect(render({ slug, ...leak })).toEqual(bare);
});

test('declared problems are known, and never replace ours', () => {
  const declared = {
    'out-of-stock': { status: 409, title: 'Sold out', meaning: 'M.', whatToDo: 'W.' },
    internal: { status: 200, title: 'x', meaning: 'x', whatToDo: 'x' },
  };
  expect(render({ slug: 'out-of-stock', declared, detail: 'None left.' })).toMatchObject({
    status: 409,
    title: 'Sold out',
    detail: 'None left.',
  });
  expect(render({ slug: 'internal', declared }).status).toBe(500);
  expect(render({ slug: 'not-found', status: 410 }).status).toBe(410);
  expect(render({ slug: 'not-found', status: 200 }).status).toBe(404);
});

test('many errors are cut and counted', () => {
  const errors = Array.from({ length: 150 }, (_, i) => ({
    in: 'body' as const,
    path: `${i}`,
    message: 'm',
    code: 'c',
  }));
  const members = render({ slug: 'invalid-body', errors });
  expect(members.errors).toHaveLength(100);
  expect(members.errorsLeftOut).toBe(50);
});

test('extra members never replace ours, and any text is valid JSON', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('type', 'title', 'status', 'detail', 'instance', 'code', 'requestId', 'errors', 'more'),
        fc.string(),
      ),
      fc.string({ unit: 'binary' }),
      (extra, text) => {
        const members = render({ slug: 'conflict', extra, detail: text });
        expect(members).toMatchObject({
          type: 'https://shop.example/problems/conflict',
          status: 409,
          title: PROBLEMS.conflict.title,
          code: 'conflict',
          requestId: 'r-1',
        });
        expect(members.detail).toBe(text);
        expect(members.errors).toBeUndefined();
        expect(members.instance).toBe('/problems/conflict?trace=r-1');
      },
    ),
  );
});

test.each([
  ['timeout', 504, undefined],
  ['busy', 504, undefined],
  ['unavailable', 502, ['Retry-After', '2']],
  ['contract', 502, undefined],
] as const)('a write that may have been carried out is not said to have failed: %s', (reason, status, headers) => {
  const failure = callError(reason, 'no answer', { outcomeUnknown: true, retryAfter: 2_000 });
  const problem = problemOf(failure);
  expect([problem.slug, render(problem).status, problem.headers]).toEqual(['outcome-unknown', status, headers]);
});
