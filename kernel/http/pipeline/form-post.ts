import type { Contract } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { isFormToken, type RESERVED } from '#kernel/http/forms/form-fields.ts';
import { storeFormOutcome } from '#kernel/http/forms/form-outcome.ts';
import { parseMediaType } from '#kernel/http/negotiation/fields.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { kindOfProblem, statusOf } from '#kernel/http/problem/problem.ts';
import { FORM_TYPE, readBytes } from '#kernel/http/request/body.ts';
import type { PostedForm } from '#kernel/http/request/form-body.ts';
import { header, type Inbound, type Reply } from '#kernel/http/request/inbound.ts';
import type { ReadTarget } from '#kernel/http/request/target.ts';
import { foreignSite } from '#kernel/http/security/csrf.ts';
import { cookieOf, SESSION_COOKIE } from '#kernel/identity/cookies.ts';

/** Maximum bytes of a form that has only our own fields. */
const FORM_LIMIT = 16_384;
const METHODS: readonly string[] = ['PUT', 'PATCH', 'DELETE'];

/** Whether a browser sends a form of its own: its user wants to see a page afterwards, not JSON. */
export function isForm({ method, headers }: Inbound): boolean {
  return method === 'POST' && parseMediaType(header(headers, 'content-type') ?? '')?.type === FORM_TYPE;
}

/** The method that a form means: browsers send forms only as POST, so it is named in `?_method=`. */
export function methodOf(inbound: Inbound, { method }: ReadTarget): string | ProblemDetails {
  if (method === undefined) return inbound.method === 'HEAD' ? 'GET' : inbound.method;
  if (isForm(inbound) && METHODS.includes(method)) return method;
  const error = {
    in: 'query',
    path: '_method',
    message: 'is for forms that stand for PUT, PATCH or DELETE',
    code: 'unknown',
  } as const;
  return { slug: 'invalid-request', detail: 'Look at _method.', errors: [error] };
}

/**
 * Answers a form as browsers want it: always with 303 to the page that it came from, which then asks for the outcome by
 * the id in `?form=`. Only another site's form gets a problem.
 */
export async function answerForm(
  engine: Engine,
  context: RequestContext,
  serve: () => Reply | ProblemDetails | Promise<Reply | ProblemDetails>,
): Promise<Reply | ProblemDetails> {
  const { operation, inbound, requestId, log } = context;
  const { runtime } = engine;
  const foreign = foreignSite(inbound.headers, runtime.publicUrl);
  if (foreign !== undefined) return { slug: 'forbidden', detail: foreign };
  const cookieName = runtime.cookies.name(SESSION_COOKIE);
  const session = cookieOf(header(inbound.headers, 'cookie'), cookieName);
  const sessionId = session === 'twice' ? undefined : session;

  let fields: URLSearchParams | undefined;
  const read = async (): Promise<PostedForm> => {
    const bytes = await bytesOf(inbound, operation.contract.body?.limit ?? FORM_LIMIT);
    fields = new URLSearchParams(bytes && Buffer.from(bytes).toString('utf8'));
    const proven = sessionId === undefined || isFormToken(fieldOf(fields, '_csrf'), sessionId);
    // A form that was not read has not proven that a page of ours sent it.
    const unproven = bytes === undefined ? TOO_LARGE : proven ? undefined : OTHER_SESSION;
    const body = bytes && again(bytes);
    return { key: fieldOf(fields, '_key'), match: fieldOf(fields, '_match'), unproven, body };
  };
  context.form = { read };
  const reply = await serve();
  if ('status' in reply && reply.status === 303) return reply;
  // No outcome is stored for a form that was refused before it was counted, or by its count: it was not even read.
  if (fields === undefined || ('slug' in reply && reply.slug === 'invalid-request')) return reply;

  const problem = 'slug' in reply ? problemOf(reply, operation.contract) : undefined;
  const cookies = cookiesOf(reply);
  const outcome = {
    operation: operation.contract.id,
    values: problem ? valuesIn(fields, operation.contract) : {},
    key: fieldOf(fields, '_key'),
    problem,
  };
  if ('slug' in reply) {
    log.problem = reply.slug;
    log.problemStatus = statusOf(reply, operation.contract.problems);
    log.reason = reply.detail;
  }
  // No outcome is stored for a form that was refused before it was counted, or by its count, nor for one that is not
  // counted.
  const { caller } = log;
  const browser = (opened(cookies, cookieName) ?? sessionId) || undefined;
  const storing =
    caller === undefined ? Promise.resolve(undefined) : storeFormOutcome(runtime.sessions, browser, outcome, caller);
  // The operation has succeeded, even if its outcome can't be stored for the next page.
  const untold = (thrown: unknown) => {
    runtime.report(thrown, requestId);
    return undefined;
  };
  const id = problem ? await storing : await storing.catch(untold);
  const wished = 'slug' in reply ? undefined : filled(fieldOf(fields, '_then'), reply);
  const at = pageAfter(wished, inbound, runtime.publicUrl, id);
  return {
    status: 303,
    headers: [
      'Location',
      at,
      'Cache-Control',
      'no-store',
      'X-Request-Id',
      requestId,
      ...cookies.flatMap((cookie) => ['Set-Cookie', cookie]),
    ],
    body: undefined,
  };
}

function cookiesOf({ headers = [] }: Reply | ProblemDetails): string[] {
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1] === 'Set-Cookie');
}

/** The id of the session that an answer opens, empty if it ends one: the browser comes back with it. */
function opened(cookies: readonly string[], name: string): string | undefined {
  const cookie = cookies.find((one) => one.startsWith(`${name}=`));
  return cookie?.slice(name.length + 1).split(';', 1)[0];
}

const fieldOf = (fields: URLSearchParams, name: (typeof RESERVED)[number]) => fields.get(name) || undefined;

/** The bytes of a form, or undefined if they are too many, by its Content-Length or as they are read. */
async function bytesOf({ headers, body = NOTHING }: Inbound, limit: number): Promise<Uint8Array | undefined> {
  return Number(header(headers, 'content-length') ?? 0) > limit ? undefined : readBytes(body, limit);
}

const TOO_LARGE = 'This is more than we take at once.';
const OTHER_SESSION = 'You have signed in or out since this page was made. Look at it again, and send it.';

/** Fills in a path like `/orders/{id}` from the view of the answer. */
function filled(page: string | undefined, { body }: Reply): string | undefined {
  if (page === undefined || typeof body !== 'object' || !page.includes('{')) return page;
  const view = JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>;
  return page.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(view[name] ?? '')));
}

/** The page that was asked for, else the one that the form came from, by its Referer; else the front page. */
function pageAfter(
  wished: string | undefined,
  { headers }: Inbound,
  publicUrl: string,
  id: string | undefined,
): string {
  const ours = [wished && local(wished, publicUrl), header(headers, 'referer')].find(
    (url) => url !== undefined && URL.canParse(url) && new URL(url).origin === publicUrl,
  );
  const page = new URL(ours ?? '/', publicUrl);
  if (id !== undefined) page.searchParams.set('form', id);
  return `/${page.pathname.replace(/^\/+/, '')}${page.search}${page.hash}`;
}

const local = (path: string, publicUrl: string) =>
  path.startsWith('/') && URL.canParse(path, publicUrl) ? new URL(path, publicUrl).href : undefined;

function problemOf({ slug, detail, errors = [] }: ProblemDetails, { problems }: Contract) {
  const kind = kindOfProblem(slug, problems);
  return { code: kind.slug, title: kind.title, detail: kind.slug === slug ? detail : undefined, errors };
}

/** What the user has typed, by the fields that the operation knows. */
function valuesIn(fields: URLSearchParams, { body }: Contract): Record<string, string> {
  const names = body && 'schema' in body ? Object.keys(body.schema.shape) : [];
  return Object.fromEntries([...fields].filter(([name]) => names.includes(name.split('.', 1)[0] ?? '')));
}

const NOTHING: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: async function* () {} };

async function* again(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
