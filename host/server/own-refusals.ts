import { STATUS_CODES } from 'node:http';
import { refuseRequest } from '#kernel/http/pipeline/finish.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import type { Reply } from '#kernel/http/request/inbound.ts';
import { apiFields } from '#kernel/http/security/security-fields.ts';

/** Requests that node:http would refuse itself, without our fields and without a word. */
export const NO_TARGET: ProblemDetails = {
  slug: 'invalid-request',
  detail: 'A request names one Host, and a path that begins with a slash.',
};
export const UNEXPECTED: ProblemDetails = {
  slug: 'invalid-request',
  status: 417,
  detail: 'Nothing but 100-continue can be expected here.',
};
/** RFC 9112 §6.1. */
export const TRANSFER_CODED: ProblemDetails = {
  slug: 'invalid-request',
  status: 501,
  detail: 'The only transfer coding here is chunked.',
};
const UNREADABLE: ProblemDetails = { slug: 'invalid-request', detail: 'This is not HTTP/1.1 (RFC 9112).' };
/** By the code of the parser's error. */
const UNREAD: Readonly<Record<string, ProblemDetails>> = {
  HPE_HEADER_OVERFLOW: { slug: 'headers-too-large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { slug: 'body-too-large', detail: 'The extensions of its chunks are too long.' },
  ERR_HTTP_REQUEST_TIMEOUT: { slug: 'invalid-request', status: 408, detail: 'Its end did not come in time.' },
};

/** How a parser's error is answered. */
export const unread = (code: string | undefined): ProblemDetails => UNREAD[code ?? ''] ?? UNREADABLE;

/** The last answer on a connection: what follows on it is not known to be a request. */
export function lastReply(publicUrl: string, problem: ProblemDetails): Reply & { readonly body: Uint8Array } {
  const site = { runtime: { publicUrl }, fields: apiFields(publicUrl) };
  const { status, headers, body } = refuseRequest(site, { method: 'GET', headers: {} }, problem);
  return { status, headers: [...headers, 'Connection', 'close'], body: body as Uint8Array };
}

/** Its bytes, for a connection on which node:http has no answer to write. */
export function bytesOfReply({ status, headers, body }: ReturnType<typeof lastReply>): Uint8Array {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, `Date: ${new Date().toUTCString()}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}
