import { createHash } from 'node:crypto';
import { canonicalJson, lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { PUBLIC } from '#kernel/base/scope.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { RequestContext } from '#kernel/http/engine/request-context.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import type { Reply } from '#kernel/http/request/inbound.ts';
import { scopeOf } from '#kernel/identity/principal.ts';
import type { StoredOutcome } from '#kernel/state/idempotency.ts';
import { json } from './write-answer.ts';

export const MAX_KEY_LENGTH = 255;

/**
 * The key of a write: a string as in structured fields (RFC 9651 §3.3.3), or bare as most clients send it. Undefined if
 * there is none and none is required.
 */
export function idempotencyKey({ writes }: Contract, field: string | undefined): string | undefined | ProblemDetails {
  if (field === undefined) {
    if (writes?.key !== 'required') return undefined;
    return {
      slug: 'idempotency-key-missing',
      detail: 'Send an Idempotency-Key, such as a new UUID, with this request.',
    };
  }
  const text = /^"((?:[^"\\]|\\["\\])*)"$/.exec(field)?.[1]?.replace(/\\(.)/g, '$1') ?? field;
  if (/^[\x21-\x7e]+$/.test(text) && text.length <= MAX_KEY_LENGTH) return text;
  const message = `must be 1 to ${MAX_KEY_LENGTH} visible ASCII characters`;
  const error = { in: 'header', path: 'idempotency-key', message, code: 'idempotency-key' } as const;
  return { slug: 'invalid-request', detail: 'Look at the header Idempotency-Key.', errors: [error] };
}

/** Where the record of a request's key is, the fingerprint of its request, and whose quota it uses. */
interface KeyRecord {
  readonly recordId: string;
  readonly fingerprint: string;
  readonly owner: string;
}

/** The record of a request's key; undefined where it has none. */
export function recordOf(context: RequestContext): KeyRecord | undefined {
  const { operation, input, body, version, principal, newGuest, key, caller } = context;
  const scope = scopeOf(principal);
  // A new guest has sent nothing before.
  if (key === undefined || scope === PUBLIC || newGuest !== undefined) return undefined;
  const request = [operation.contract.id, canonicalJson(input), canonicalJson(body), version ?? ''];
  return {
    recordId: digest(lengthPrefixed([scope, key])),
    fingerprint: digest(lengthPrefixed(request)),
    owner: caller,
  };
}

/** What is replayed of an answer: status, address and body, never cookies. */
export function outcomeOf({ status, headers, body }: Reply): StoredOutcome {
  const fields = REPLAYED_FIELDS.flatMap((name) => {
    const at = headers.indexOf(name);
    return at < 0 ? [] : [name, headers[at + 1] as string];
  });
  return { status, fields, body: typeof body === 'object' ? Buffer.from(body).toString('utf8') : undefined };
}

const REPLAYED_FIELDS = ['Location', 'ETag'];

/** The answer to a key that has been answered before. */
export function replayedReply({ status, fields, body }: StoredOutcome, requestId: string): Reply {
  const headers = [...fields, 'Idempotency-Replayed', 'true'];
  if (body !== undefined) return json(Buffer.from(body), requestId, { status, headers });
  return { status, headers: ['Cache-Control', 'no-store', 'X-Request-Id', requestId, ...headers], body: undefined };
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
