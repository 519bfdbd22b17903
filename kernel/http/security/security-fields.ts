import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { originForm } from '#kernel/http/request/target.ts';

const TWO_YEARS = 63_072_000;

/** What every answer says to browsers, name and value: it is what it is called, and for pages of this site alone. */
export function securityFields(publicUrl: string): readonly string[] {
  const fields = ['X-Content-Type-Options', 'nosniff', 'Cross-Origin-Resource-Policy', 'same-origin'];
  if (!publicUrl.startsWith('https:')) return fields;
  return [...fields, 'Strict-Transport-Security', `max-age=${TWO_YEARS}; includeSubDomains`];
}

const POLICY = 'Content-Security-Policy';

/** The same for what is no page: opened as one, it runs no scripts and shows in no frame. */
export function apiFields(publicUrl: string): readonly string[] {
  return [...securityFields(publicUrl), POLICY, "default-src 'none'; frame-ancestors 'none'"];
}

/** The fields, for an answer that was made without them. */
export const missingFields = (headers: readonly string[], fields: readonly string[]): readonly string[] =>
  headers.includes(POLICY) ? [] : fields;

/** Sets the fields on an answer that others write. */
export function setFields(response: ServerResponse, fields: readonly string[]): void {
  for (let at = 0; at < fields.length; at += 2) response.setHeader(fields[at] ?? '', fields[at + 1] ?? '');
}

/**
 * Sets them on every answer of this process, for hosts whose own answers (files, redirects, errors) bypass our
 * handlers. Such a host throws at TRACE, which the web's Request can't have, and at targets that are no path; those are
 * replaced by requests that it refuses, or treats as the other host does.
 */
export function setFieldsOnAll(publicUrl: string): void {
  const [api, others] = [apiFields(publicUrl), securityFields(publicUrl)];
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    setFields(response, /^\/api(?:[/?]|$)/.test(request.url ?? '') ? api : others);
    if (request.method === 'TRACE') request.method = 'PROPFIND';
    request.url = request.url === '*' ? '/' : originForm(request.url ?? '/');
  });
}
