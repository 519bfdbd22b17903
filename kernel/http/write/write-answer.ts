import type { Answer, File } from '#kernel/contract/answer.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { WITH_INPUT } from '#kernel/http/engine/fit-view.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { conditional } from '#kernel/http/read/hit.ts';
import type { Inbound, Reply } from '#kernel/http/request/inbound.ts';
import { represent } from '#kernel/http/response/representation.ts';
import { SAFE } from '#kernel/http/security/csrf.ts';

/** An answer of an operation's own, by the view that its contract declares for the status. */
export function writeAnswer(
  { contract }: Operation,
  { status, view, at, etag, file }: Answer,
  { method, headers }: Inbound,
  requestId: string,
): Reply | ProblemDetails {
  const location = at === undefined ? [] : ['Location', asAscii(at)];
  if (file !== undefined) return fileReply(file, requestId);
  const schema = contract.answers?.[status];
  if (schema === undefined) {
    if (view !== undefined)
      throw new TypeError(`${contract.id} answered ${status} with a view that it did not declare`);
    return {
      status,
      headers: ['Cache-Control', 'no-store', 'X-Request-Id', requestId, ...location],
      body: undefined,
    };
  }
  const bytes = Buffer.from(JSON.stringify(schema.parse(view, WITH_INPUT)));
  // A guarded answer is for operators, and changes all the time.
  if (status === 200 && SAFE.includes(method) && contract.guard === undefined) {
    const representation = represent(contract, 'private, no-cache', bytes, etag);
    const reply = conditional(representation, headers, ['X-Request-Id', requestId, ...location]);
    return reply === 'precondition-failed' ? { slug: 'precondition-failed' } : reply;
  }
  const version = etag === undefined ? [] : ['ETag', etag];
  return json(bytes, requestId, { status, headers: [...version, ...location] });
}

/** What a browser saves and never shows (RFC 6266). */
function fileReply({ text, type, name }: File, requestId: string): Reply {
  const bytes = Buffer.from(text);
  return {
    status: 200,
    headers: [
      'Content-Type',
      type,
      'Content-Length',
      String(bytes.length),
      'Content-Disposition',
      `attachment; filename="${name}"`,
      'Cache-Control',
      'private, no-store',
      'X-Request-Id',
      requestId,
    ],
    body: bytes,
  };
}

/** JSON that is never stored. */
export function json(
  bytes: Uint8Array,
  requestId: string,
  { status = 200, headers = [] }: { status?: number; headers?: readonly string[] } = {},
): Reply {
  return {
    status,
    headers: [
      'Content-Type',
      'application/json',
      'Content-Length',
      String(bytes.length),
      'Cache-Control',
      'no-store',
      'X-Request-Id',
      requestId,
      ...headers,
    ],
    body: bytes,
  };
}

/** A header field may have no other characters (RFC 9110 §5.5); escapes that are there already stay. */
const asAscii = (location: string) => location.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
