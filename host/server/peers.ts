import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { processSingleton } from '#kernel/base/registry.ts';
import { FORWARDED_FIELD, forwardedBy } from '#kernel/http/security/client-address.ts';

const peers = () => processSingleton('peers', () => ({ appended: false }));

/**
 * Puts the peer of the socket behind X-Forwarded-For, as every proxy does with its own, and records whether a proxy had
 * passed the request on before: the host adds fields that look like a proxy's.
 */
export function appendPeer({ headers, socket }: IncomingMessage): void {
  headers[FORWARDED_FIELD] = String(forwardedBy(headers) ?? 'no');
  const peer = socket.remoteAddress ?? 'unknown';
  const came = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = came === undefined ? peer : `${came}, ${peer}`;
}

/**
 * Does so for every request of this process, before its server gets it. For hosts that hide the socket from their
 * handlers: Next fills X-Forwarded-For if it is missing and believes a client's own. False if the host does so itself.
 */
export function appendPeers(): boolean {
  if (peers().appended) return false;
  peers().appended = true;
  subscribe('http.server.request.start', (message) => appendPeer((message as { request: IncomingMessage }).request));
  return true;
}

/** For a host that calls `appendPeer` itself, where it needs to. */
export function appendsPeersItself(): void {
  peers().appended = true;
}
