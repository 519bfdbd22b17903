import type { Operation } from '#kernel/contract/operation.ts';
import type { ProblemKind } from '#kernel/contract/problem.ts';
import { PROBLEMS } from '#kernel/http/problem/problems.ts';
import { SAFE } from '#kernel/http/security/csrf.ts';
import { contentOf, type Json, refTo } from './json.ts';

const PROBLEM_TYPE = 'application/problem+json';

/** Every kind of problem that these operations can answer with, by slug: the engine's first, then their own. */
export function problemKinds(operations: readonly Operation[]): Readonly<Record<string, ProblemKind>> {
  const declared = operations.map(({ contract }) => contract.problems ?? {});
  return Object.assign({}, PROBLEMS, ...declared, PROBLEMS);
}

/** The problems that a client of an operation should know of, by slug; what may befall any request is left out. */
export function problemsOf({ contract, route }: Operation): string[] {
  const { audience, guard, writes, body, parts = [], problems = {}, limit, apps, navigation } = contract;
  const changes = !SAFE.includes(route.method);
  const hasPrincipal = audience !== 'public';
  const when = (applies: boolean | undefined, ...slugs: (keyof typeof PROBLEMS)[]) => (applies ? slugs : []);
  return [
    ...when(true, 'invalid-request'),
    ...when(parts.length > 0, 'unknown-part'),
    ...when(hasPrincipal, 'two-credentials'),
    ...when(writes?.key === 'required', 'idempotency-key-missing'),
    ...when(hasPrincipal || guard?.kind === 'operator', 'unauthenticated'),
    ...when(guard?.kind === 'signed', 'bad-signature'),
    ...when((hasPrincipal && changes) || navigation, 'forbidden'),
    ...when(route.template.includes('{'), 'not-found'),
    ...when(hasPrincipal && changes, 'conflict', 'request-in-progress'),
    ...when(writes?.match, 'precondition-failed', 'precondition-required'),
    ...when(apps, 'upgrade-required'),
    ...when(body !== undefined, 'body-too-large', 'unsupported-media-type'),
    ...when(body !== undefined && body.kind !== 'raw', 'invalid-body'),
    ...when(hasPrincipal && changes, 'idempotency-key-reused'),
    ...Object.keys(problems),
    ...when(limit !== false, 'too-many-requests'),
  ];
}

/** The responses of an operation that are problems: one for each status, with an example of each slug. */
export function problemResponses(operation: Operation): Json {
  const kinds = problemKinds([operation]);
  const byStatus = Map.groupBy(problemsOf(operation), (slug) => kinds[slug]?.status);
  const patched = operation.contract.body?.kind === 'mergePatch';
  const described = [...byStatus]
    .filter(([status]) => status !== 429)
    .sort(([a = 0], [b = 0]) => a - b)
    .map(([status, slugs]) => {
      const headers = status === 415 && patched ? { 'Accept-Patch': refTo('headers', 'AcceptPatch') } : {};
      return [status, refusal(slugs.map((slug) => kinds[slug]?.title).join('; '), slugs, headers)];
    });
  return {
    ...Object.fromEntries(described),
    ...(byStatus.has(429) && { 429: refTo('responses', 'TooManyRequests') }),
    '5XX': refTo('responses', 'OurSide'),
    default: refTo('responses', 'Problem'),
  };
}

/** The responses that all operations share: what is on our side, and whatever else may befall any request. */
export function sharedResponses(operations: readonly Operation[]): Json {
  const listed = new Set(operations.flatMap(problemsOf));
  const all = Object.entries(PROBLEMS);
  const ours = all.filter(([, { status }]) => status >= 500).map(([slug]) => slug);
  const others = all.filter(([slug, { status }]) => status < 500 && !listed.has(slug)).map(([slug]) => slug);
  return {
    TooManyRequests: refusal('More requests than the policy allows', ['too-many-requests'], {
      'Retry-After': refTo('headers', 'RetryAfter'),
      'RateLimit-Policy': refTo('headers', 'RateLimitPolicy'),
      RateLimit: refTo('headers', 'RateLimit'),
    }),
    OurSide: refusal('It is not the request that is wrong', ours, { 'Retry-After': refTo('headers', 'RetryAfter') }),
    Problem: refusal('Any other problem (RFC 9457)', others, { Allow: refTo('headers', 'Allow') }),
  };
}

/** A problem of each kind as it is answered, without what only one request knows. */
export function problemExamples(kinds: Readonly<Record<string, ProblemKind>>, origin: string): Json {
  return Object.fromEntries(
    Object.entries(kinds).map(([slug, { status, title, meaning }]) => [
      slug,
      {
        summary: title,
        description: meaning,
        value: { type: `${origin}/problems/${slug}`, title, status, code: slug, requestId: '4f1d2c9a7b30-1' },
      },
    ]),
  );
}

function refusal(description: string, slugs: readonly string[], headers: Json = {}): Json {
  const examples = Object.fromEntries(slugs.map((slug) => [slug, refTo('examples', slug)]));
  return {
    description,
    headers: { 'X-Request-Id': refTo('headers', 'RequestId'), ...headers },
    content: contentOf([PROBLEM_TYPE], {
      schema: refTo('schemas', 'Problem'),
      ...(slugs.length > 0 && { examples }),
    }),
  };
}
