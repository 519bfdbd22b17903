import { headers } from 'next/headers';
import { nextEngine } from '#app/engine.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import type { Operation } from '#kernel/contract/operation.ts';
import { targetFor } from '#kernel/http/pages/page.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { clientAddressAppended } from '#kernel/http/security/client-address.ts';
import { nextRequestId } from '#kernel/telemetry/ids.ts';
import type { Choices } from './choices.ts';

/** What came back. */
export interface Sent {
  readonly requestId: string;
  readonly target: string;
  readonly status: number;
  /** Flat: name, value, name, value. */
  readonly fields: readonly string[];
  readonly body: Buffer;
  /** Milliseconds. */
  readonly duration: number;
}

/** Sends a request with the operator's own session, as the client that was chosen. */
export async function send(operation: Operation, choices: Choices): Promise<Sent> {
  const { input, parts, client, scenario, etag } = choices;
  const given = await headers();
  const engine = nextEngine();
  const requestId = nextRequestId();
  const some = operation.contract.parts !== undefined && parts.length < operation.contract.parts.length;
  const target = targetFor(operation, some ? { ...input, parts: parts.join(',') } : input);
  const began = performance.now();
  const {
    status,
    headers: fields,
    body,
  } = await answer(engine, engine.routes, {
    method: 'GET',
    target,
    headers: {
      accept: 'application/json',
      cookie: given.get('cookie') ?? undefined,
      'x-request-id': requestId,
      ...(client !== 'web' && { 'x-app-version': client }),
      ...(scenario && { 'x-scenario': scenario }),
      ...(etag !== undefined && { 'if-none-match': etag }),
    },
    body: undefined,
    address: clientAddressAppended(given.get('x-forwarded-for') ?? undefined, engine.runtime.trustedProxies),
    gone: new Cancellation(),
  });
  const duration = performance.now() - began;
  return { requestId, target, status, fields, body: Buffer.from(typeof body === 'object' ? body : []), duration };
}

/** A field of what came back. */
export function fieldOf({ fields }: Sent, name: string): string | undefined {
  const at = fields.findIndex((field, index) => index % 2 === 0 && field.toLowerCase() === name);
  return at < 0 ? undefined : fields[at + 1];
}
