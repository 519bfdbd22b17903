import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Outlet, StreamSource } from '#kernel/realtime/outlet.ts';

/** Milliseconds that a client has to take the end of its stream. */
const FAREWELL = 5_000;
const LINE_END = '\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/**
 * Runs a stream on the bare connection, as after an upgrade: `docs/decisions/2026-11-23-streams-leave-http.md`. The head
 * must be written.
 */
export function streamOnSocket(request: IncomingMessage, response: ServerResponse, source: StreamSource): void {
  response.flushHeaders();
  const { chunkedEncoding } = response;
  // Before that, node:http would take the connection's end for a request that was broken off.
  request.resume().once('end', () => source(new SocketOutlet(detach(request, response), chunkedEncoding)));
}

/** Takes a connection away from node:http by telling it that it is closed: then it lets go of all that it has of it. */
function detach({ socket }: IncomingMessage, response: ServerResponse): Socket {
  socket.emit('close', false);
  response.detachSocket(socket);
  return socket.removeAllListeners();
}

/** A stream's way out over a connection of its own. */
class SocketOutlet implements Outlet {
  readonly #socket: Socket;
  /** Whether each write is a chunk (RFC 9112 §7.1); HTTP/1.0 has none. */
  readonly #chunked: boolean;

  constructor(socket: Socket, chunked: boolean) {
    this.#socket = socket;
    this.#chunked = chunked;
    // The rest is read and dropped, so that its end is noticed.
    socket.on('end', cut).on('error', cut).resume();
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (!this.#chunked) {
      socket.write(bytes);
      return;
    }
    socket.cork();
    socket.write(bytes.length.toString(16) + LINE_END);
    socket.write(bytes);
    socket.write(LINE_END);
    socket.uncork();
  }

  drained(): Promise<void> {
    // Nothing, written after everything else: it has left once everything has.
    return new Promise((resolve) => void this.#socket.write('', () => resolve()));
  }

  end(): void {
    const socket = this.#socket;
    const timer = setTimeout(() => socket.destroy(), FAREWELL);
    socket.once('close', () => clearTimeout(timer));
    if (this.#chunked) socket.write(LAST_CHUNK);
    socket.destroySoon();
  }

  cut(): void {
    this.#socket.destroy();
  }

  onClose(listener: () => void): void {
    this.#socket.on('close', listener);
  }
}

function cut(this: Socket): void {
  this.destroy();
}
