import type { Contract, Operation } from '#kernel/contract/operation.ts';
import { cookieOf, SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import type { Arrived } from './admission.ts';
import { readBytes } from './body-bytes.ts';
import { BODY_LIMIT, FORM_TYPE } from './body-rules.ts';
import { foreignSite } from './csrf.ts';
import type { Engine } from './engine.ts';
import type { Trouble } from './failure.ts';
import { keepFormOutcome } from './form-outcome.ts';
import { isFormToken } from './form-token.ts';
import { header, type Inbound, type Reply } from './inbound.ts';
import { parseMediaType } from './media.ts';
import { kindOfProblem } from './problem.ts';

/** Whether a browser sends a form of its own: its user wants to see a page afterwards, not JSON. */
export function isFormPost({ contract }: Operation, { method, headers }: Inbound): boolean {
  if (contract.body?.kind !== 'jsonOrForm' || method !== 'POST') return false;
  return parseMediaType(header(headers, 'content-type') ?? '')?.type === FORM_TYPE;
}

/**
 * Answers a form as browsers want it: always with 303 to the page that it came from, which then asks for the outcome by
 * the id in `?form=`. Only another site's form gets a problem.
 */
export async function answerForm(
  engine: Engine,
  operation: Operation,
  arrived: Arrived,
  serve: (arrived: Arrived) => Promise<Reply | Trouble>,
): Promise<Reply | Trouble> {
  const { inbound } = arrived;
  const { runtime } = engine;
  const foreign = foreignSite(inbound.headers, runtime.publicUrl);
  if (foreign !== undefined) return { slug: 'forbidden', detail: foreign };
  const bytes = await readBytes(inbound.body ?? NOTHING, operation.contract.body?.limit ?? BODY_LIMIT);
  const fields = new URLSearchParams(bytes && Buffer.from(bytes).toString('utf8'));
  const session = cookieOf(header(inbound.headers, 'cookie'), runtime.cookies.name(SESSION_COOKIE));
  const sessionId = session === 'twice' ? undefined : session;

  const key = fields.get('_key') ?? undefined;
  const reply =
    bytes === undefined
      ? TOO_LARGE
      : sessionId !== undefined && !isFormToken(fields.get('_csrf') ?? undefined, sessionId)
        ? OTHER_SESSION
        : await serve({ ...arrived, form: { key }, inbound: { ...inbound, body: again(bytes) } });
  if ('status' in reply && reply.status === 303) return reply;

  const problem = 'slug' in reply ? problemOf(reply, operation.contract) : undefined;
  const values = problem ? valuesIn(fields, operation.contract) : {};
  const id = await keepFormOutcome(runtime.sessions, sessionId, {
    operation: operation.contract.id,
    values,
    key,
    problem,
  });
  const cookies = (reply.headers ?? []).flatMap((name, at, all) =>
    at % 2 === 0 && name === 'Set-Cookie' ? [name, all[at + 1] as string] : [],
  );
  return {
    status: 303,
    headers: [
      'Location',
      pageOf(inbound, runtime.publicUrl, id),
      'Cache-Control',
      'no-store',
      'X-Request-Id',
      arrived.requestId,
      ...cookies,
    ],
    body: undefined,
  };
}

const TOO_LARGE: Trouble = { slug: 'body-too-large', detail: 'This is more than we take at once.' };
const OTHER_SESSION: Trouble = {
  slug: 'forbidden',
  detail: 'You have signed in or out since this page was made. Look at it again, and send it.',
};

/** The page that a form came from, which its browser tells; the front page where it does not. */
function pageOf({ headers }: Inbound, publicUrl: string, id: string): string {
  const from = header(headers, 'referer') ?? '';
  const page = URL.canParse(from) && new URL(from).origin === publicUrl ? new URL(from) : new URL('/', publicUrl);
  page.searchParams.set('form', id);
  return `/${page.pathname.replace(/^\/+/, '')}${page.search}`;
}

function problemOf({ slug, detail, errors = [] }: Trouble, { problems }: Contract) {
  const kind = kindOfProblem(slug, problems);
  return { code: kind.slug, title: kind.title, detail: kind.slug === slug ? detail : undefined, errors };
}

/** What was typed, by the fields that the operation knows. */
function valuesIn(fields: URLSearchParams, { body }: Contract): Record<string, string> {
  const known = Object.keys(body?.schema.shape ?? {});
  return Object.fromEntries(known.flatMap((name) => (fields.has(name) ? [[name, fields.get(name) ?? '']] : [])));
}

const NOTHING: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: async function* () {} };

async function* again(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
