import type { FieldError, ProblemKind } from '#kernel/contract/problem.ts';
import { PROBLEMS } from './problems.ts';

const PROBLEM_TYPE = 'application/problem+json';
const MAX_ERRORS = 100;

/** The problem of one request; `declared` are the operation's own kinds, looked up after the engine's. */
export interface Problem {
  readonly slug: string;
  /** Another status from 400 to 599 than the kind's own. */
  readonly status?: number;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly requestId: string;
  /** Further members; they never replace ours. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Our own origin, before `/problems/<slug>`. */
  readonly base: string;
  readonly declared?: Readonly<Record<string, ProblemKind>> | undefined;
}

interface RenderedProblem {
  readonly status: number;
  readonly body: Uint8Array;
  readonly contentType: typeof PROBLEM_TYPE;
}

/** Writes problem details (RFC 9457 §3) with `code` and `requestId`; an unknown slug is `internal`, without details. */
export function renderProblem(problem: Problem): RenderedProblem {
  const { declared, requestId, base } = problem;
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
  { slug, status: wanted }: Pick<Problem, 'slug' | 'status'>,
  declared?: Problem['declared'],
): number {
  const kind = kindOfProblem(slug, declared);
  if (wanted === undefined || kind.slug === 'internal') return kind.status;
  return Number.isInteger(wanted) && wanted >= 400 && wanted <= 599 ? wanted : kind.status;
}

/** A kind by its slug; an unknown slug is `internal`. */
export function kindOfProblem(slug: string, declared: Problem['declared']): ProblemKind & { readonly slug: string } {
  const kind = kindOf(slug, PROBLEMS) ?? kindOf(slug, declared);
  return kind === undefined ? { slug: 'internal', ...PROBLEMS.internal } : { slug, ...kind };
}

function kindOf(slug: string, kinds: Readonly<Record<string, ProblemKind>> | undefined): ProblemKind | undefined {
  return kinds !== undefined && Object.hasOwn(kinds, slug) ? kinds[slug] : undefined;
}
