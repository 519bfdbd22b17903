import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { clientAddress, networkOf } from '#kernel/http/security/client-address.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Handles requests so that no connection takes the loop: one that was sent before the answer to the one before it was
 * out (RFC 9112 §9.3.2) is begun once that answer is out, and in a turn of its own. Meanwhile no more of them are read.
 */
export function onePerTurn(handle: Handle): Handle {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    // A response has no socket until those before it have been sent.
    if (response.socket !== null) {
      handle(request, response);
      return;
    }
    const { socket } = request;
    const before = waiting.get(socket) ?? 0;
    waiting.set(socket, before + 1);
    if (before === 0) socket.pause();
    const begin = () => {
      const left = (waiting.get(socket) ?? 1) - 1;
      waiting.set(socket, left);
      if (left === 0) socket.resume();
      if (!socket.destroyed) handle(request, response);
    };
    response.once('socket', () => setImmediate(begin));
  };
}

/** Lets so many connections be open at a time, and so many of one address (of IPv6: one network); closes the others. */
export function bounded(max: number, perAddress: number): (socket: Socket) => void {
  const open = new Map<string, number>();
  let all = 0;
  return (socket) => {
    const address = networkOf(clientAddress(socket.remoteAddress, undefined, 0));
    const count = (open.get(address) ?? 0) + 1;
    if (all >= max || count > perAddress) {
      socket.destroy();
      return;
    }
    all++;
    open.set(address, count);
    const left = () => {
      all--;
      const others = (open.get(address) ?? 1) - 1;
      if (others > 0) open.set(address, others);
      else open.delete(address);
    };
    const listen = () => socket.once('close', () => (socket.destroyed ? left() : process.nextTick(listen)));
    // A stream takes its connection away from node:http by telling it that it was closed (`socket-outlet.ts`).
    listen();
  };
}
