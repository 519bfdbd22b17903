import { type IncomingMessage, ServerResponse } from 'node:http';

/** What is still taken of a body that was answered before its end: so many bytes, and for so many milliseconds. */
export interface Rest {
  readonly bytes: number;
  readonly milliseconds: number;
}

export const REST: Rest = { bytes: 8 * 1024 * 1024, milliseconds: 5_000 };

/**
 * An answer that may come before its request's body has ended (401, 413, 429 …). Its client gets all of it at once. It
 * ends only when the rest of the body was taken off the wire: until then the connection can't carry another answer, and
 * closing it with bytes unread would take this one away from its client (RFC 9112 §9.6). If the rest is too much or too
 * slow, the connection is closed.
 */
export function lingeringResponse(rest: Rest): typeof ServerResponse {
  return class<R extends IncomingMessage> extends ServerResponse<R> {
    override writeHead(...given: unknown[]): this {
      if (hasBody(this.req) && isTooMuch(this.req, rest)) this.shouldKeepAlive = false;
      return super.writeHead(...(given as Parameters<ServerResponse['writeHead']>));
    }

    override end(...given: unknown[]): this {
      const { req } = this;
      if (!hasBody(req)) return super.end(...(given as []));
      if (req.complete || !this.#sendAll(given)) {
        this.once('finish', () => discardRest(req, rest));
        return super.end(...(given as []));
      }
      discardRest(req, rest, () => super.end());
      return this;
    }

    /** Sends everything but the end, if the client can tell without it that this was all. */
    #sendAll([chunk, encoding, ...more]: readonly unknown[]): boolean {
      const some = typeof chunk === 'string' || chunk instanceof Uint8Array;
      if ((!some && chunk !== undefined) || (encoding !== undefined && encoding !== 'latin1') || more.length > 0)
        return false;
      if (!some) {
        this.flushHeaders();
        return !this.chunkedEncoding;
      }
      if (this.headersSent ? this.chunkedEncoding : this.hasHeader('Transfer-Encoding')) return false;
      if (!this.headersSent) this.setHeader('Content-Length', Buffer.byteLength(chunk, encoding));
      this.write(chunk, encoding ?? 'utf8');
      return true;
    }
  };
}

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

const isTooMuch = ({ headers, complete }: IncomingMessage, { bytes }: Rest): boolean =>
  !complete && Number(headers['content-length']) > bytes;

function discardRest(request: IncomingMessage, { bytes, milliseconds }: Rest, taken: () => void = () => {}): void {
  if (request.readableEnded) {
    taken();
    return;
  }
  const { socket } = request;
  const close = () => socket.destroy();
  const timer = setTimeout(close, milliseconds);
  const stop = () => clearTimeout(timer);
  let left = bytes;
  const count = (chunk: Uint8Array) => {
    left -= chunk.byteLength;
    if (left < 0) close();
  };
  // A reader that has started does not read again.
  request.unpipe().removeAllListeners('readable');
  request.on('data', count).once('end', taken).once('end', stop).once('close', stop).resume();
}
