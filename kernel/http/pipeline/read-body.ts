import type { Contract } from '#kernel/contract/operation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import { RESERVED } from '#kernel/http/forms/form-fields.ts';
import { versionsNamed } from '#kernel/http/negotiation/preconditions.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { acceptPatch, BODY_LIMIT, type Body, readBody } from '#kernel/http/request/body.ts';
import { header, type Inbound } from '#kernel/http/request/inbound.ts';
import { implausible, readUnproven, unsigned } from '#kernel/http/security/signed.ts';
import { idempotencyKey } from '#kernel/http/write/idempotency-key.ts';

/** The version that a write on a versioned resource must name. `*` is left to the upstream as no version at all. */
export function requireVersion(_: Engine, context: RequestContext): ProblemDetails | undefined {
  const ifMatch = context.posted?.match ?? header(context.inbound.headers, 'if-match');
  if (ifMatch === undefined)
    return { slug: 'precondition-required', detail: 'Send the ETag that you read as If-Match.' };
  const versions = versionsNamed(ifMatch);
  if (versions === '*') return undefined;
  const [version, ...others] = versions;
  if (version === undefined || others.length > 0) {
    const detail = 'Name one version of this resource in If-Match, as its ETag gave it.';
    return { slug: 'precondition-failed', detail };
  }
  context.version = version;
  return undefined;
}

export function readIdempotencyKey(_: Engine, context: RequestContext): ProblemDetails | undefined {
  const { operation, posted, inbound } = context;
  const key = idempotencyKey(operation.contract, posted?.key ?? header(inbound.headers, 'idempotency-key'));
  if (typeof key === 'object') return key;
  context.key = key;
  return undefined;
}

/** Signature fields that can't be right are refused before a byte of the body is read. */
export function requireSignature(_: Engine, { operation, headers }: RequestContext): ProblemDetails | undefined {
  return implausible(operation.contract.guard, headers);
}

/** Reads, parses and validates the body, and verifies what is signed over its bytes. */
export async function readRequestBody(_: Engine, context: RequestContext): Promise<ProblemDetails | undefined> {
  const { operation, inbound, posted, headers } = context;
  const { guard, body: contract } = operation.contract;
  const rules = rulesFor(contract, posted !== undefined);
  if (rules === undefined) return undefined;
  const body = await bodyOf(rules, posted ? { ...inbound, body: posted.body } : inbound);
  if ('slug' in body) return body;
  context.body = body.value;
  return unsigned(guard, headers, body.bytes);
}

/** A form has its own encoding, whatever media type the operation takes from apps. */
function rulesFor(body: Contract['body'], isForm: boolean): Contract['body'] {
  return isForm && body !== undefined && body.kind !== 'raw' ? { ...body, kind: 'form' } : body;
}

async function bodyOf(
  rules: NonNullable<Contract['body']>,
  { headers, body }: Inbound,
): Promise<Body | ProblemDetails> {
  const about = {
    contentType: header(headers, 'content-type'),
    contentEncoding: header(headers, 'content-encoding'),
    contentLength: header(headers, 'content-length'),
  };
  const limit = rules.limit ?? BODY_LIMIT;
  const readFrom = (source: AsyncIterable<Uint8Array>) =>
    readBody({ ...rules, limit, reserved: RESERVED }, about, source);
  const read = await (rules.kind === 'raw' ? readUnproven(body ?? EMPTY, limit, readFrom) : readFrom(body ?? EMPTY));
  if (read.ok) return read;
  const { accepted, ...problem } = read.problem;
  if (accepted === undefined) return problem;
  return { ...problem, headers: ['Accept', accepted.join(', '), ...acceptPatch(rules)] };
}

const EMPTY: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: async function* () {} };
