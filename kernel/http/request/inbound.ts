import type { Cancellation } from '#kernel/base/cancellation.ts';
import type { StreamSource } from '#kernel/realtime/outlet.ts';

/** Request headers by lower-case name, as node:http gives them. */
export type InboundHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A proxy has passed the request on: how many entries X-Forwarded-For has; 0 where only other fields show it. */
export type Forwarded = number;

/** A request as either host hands it in. */
export interface Inbound {
  readonly method: string;
  /** Raw path and query as they stood in the request line. */
  readonly target: string;
  readonly headers: InboundHeaders;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** The client's IP address, as far as it can be believed (`client-address.ts`). */
  readonly address: string;
  /** Whether a proxy has passed it on. */
  readonly forwarded?: Forwarded | undefined;
  /** Cancelled when the client is gone. */
  readonly gone: Cancellation;
}

/** An answer as a plain value, for either host to write in its own way. */
export interface Reply {
  readonly status: number;
  /** Flat: name, value, name, value. */
  readonly headers: readonly string[];
  /** A source is started once the head is out. */
  readonly body: Uint8Array | StreamSource | undefined;
}

/** The bytes of a body that is there at once. */
export function bytesIn({ body }: Reply): number {
  return typeof body === 'object' ? body.length : 0;
}

/** A header's value; of a repeated one, the values joined as RFC 9110 §5.3 has it. */
export function header(headers: InboundHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}
