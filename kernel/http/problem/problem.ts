import type { Contract } from '#kernel/contract/operation.ts';
import type { ProblemKind } from '#kernel/contract/problem.ts';
import type { ProblemDetails } from './failure.ts';
import { PROBLEMS } from './problems.ts';

const PROBLEM_TYPE = 'application/problem+json';
const MAX_ERRORS = 100;

/** The request that a problem is of; `declared` are the operation's own kinds, looked up after the engine's. */
interface Occurrence {
  readonly requestId: string;
  /** Our own origin, before `/problems/<slug>`. */
  readonly base: string;
  readonly declared?: Contract['problems'] | undefined;
}

interface RenderedProblem {
  readonly status: number;
  readonly body: Uint8Array;
  readonly contentType: typeof PROBLEM_TYPE;
}

/** Writes problem details (RFC 9457 §3) with `code` and `requestId`; an unknown slug is `internal`, without details. */
export function renderProblem(problem: ProblemDetails, { requestId, base, declared }: Occurrence): RenderedProblem {
  const { slug, ...kind } = kindOfProblem(problem.slug, declared);
  const secret = slug === 'internal';
  const status = statusOf(problem, declared);
  const errors = secret ? undefined : problem.errors;
  const text = JSON.stringify({
    ...(secret ? undefined : problem.extra),
    type: `${base.replace(/\/$/, '')}/problems/${slug}`,
    title: kind.title,
    status,
    detail: secret ? undefined : problem.detail,
    instance: instanceOf(slug, requestId),
    code: slug,
    requestId,
    errors: errors?.slice(0, MAX_ERRORS),
    errorsLeftOut: errors !== undefined && errors.length > MAX_ERRORS ? errors.length - MAX_ERRORS : undefined,
  });
  return { status, body: Buffer.from(text), contentType: PROBLEM_TYPE };
}

/** What identifies an occurrence and can be opened (RFC 9457 §3.1.5). The path of its request does neither. */
export const instanceOf = (slug: string, requestId: string) =>
  `/problems/${slug}?trace=${encodeURIComponent(requestId)}`;

/** The status that it wants, if that is one of a problem; else that of its kind. */
export function statusOf(
  { slug, status: wanted }: Pick<ProblemDetails, 'slug' | 'status'>,
  declared?: Contract['problems'],
): number {
  const kind = kindOfProblem(slug, declared);
  if (wanted === undefined || kind.slug === 'internal') return kind.status;
  return Number.isInteger(wanted) && wanted >= 400 && wanted <= 599 ? wanted : kind.status;
}

/** A kind by its slug; an unknown slug is `internal`. */
export function kindOfProblem(
  slug: string,
  declared: Contract['problems'] | undefined,
): ProblemKind & { readonly slug: string } {
  const kind = kindOf(slug, PROBLEMS) ?? kindOf(slug, declared);
  return kind === undefined ? { slug: 'internal', ...PROBLEMS.internal } : { slug, ...kind };
}

function kindOf(slug: string, kinds: Readonly<Record<string, ProblemKind>> | undefined): ProblemKind | undefined {
  return kinds !== undefined && Object.hasOwn(kinds, slug) ? kinds[slug] : undefined;
}
