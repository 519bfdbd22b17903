import type { IncomingMessage, ServerResponse } from 'node:http';
import { callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { Routes } from '#kernel/http/engine/routing.ts';
import { answer } from '#kernel/http/pipeline/answer.ts';
import { refuseRequest } from '#kernel/http/pipeline/finish.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';
import { findHit } from '#kernel/http/read/hit.ts';
import { type Forwarded, header, type Reply } from '#kernel/http/request/inbound.ts';
import {
  clientAddress,
  clientAddressAppended,
  FORWARDED_FIELD,
  forwardedBy,
  forwardedNoted,
} from '#kernel/http/security/client-address.ts';
import { streamOnSocket } from './socket-outlet.ts';

/** Answers over node:http: a cached GET at once, everything else by the long path. */
export function answerNode(engine: Engine, routes: Routes, request: IncomingMessage, response: ServerResponse): void {
  const forwarded = header(request.headers, 'x-forwarded-for');
  const address = () => clientAddress(request.socket.remoteAddress, forwarded, engine.runtime.trustedProxies);
  answerFrom(engine, routes, request, response, { address, forwarded: () => forwardedBy(request.headers) });
}

/** The same where every request has had its peer appended to X-Forwarded-For (`host/server/peers.ts`). */
export function answerAppended(
  engine: Engine,
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const forwarded = header(request.headers, 'x-forwarded-for');
  const address = () => clientAddressAppended(forwarded, engine.runtime.trustedProxies);
  const noted = () => forwardedNoted(header(request.headers, FORWARDED_FIELD));
  answerFrom(engine, routes, request, response, { address, forwarded: noted });
}

/** Answers with a problem, whatever is asked for. */
export function refuseNode(
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  problem: ProblemDetails,
): void {
  const { method = 'GET', headers } = request;
  write(request, response, refuseRequest(engine, { method, headers }, problem));
}

/** Where a request comes from; a cached answer needs neither. */
interface Sender {
  readonly address: () => string;
  readonly forwarded: () => Forwarded | undefined;
}

function answerFrom(
  engine: Engine,
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
  { address, forwarded }: Sender,
): void {
  const { method = 'GET', url = '/', headers } = request;
  if (method === 'GET') {
    const hit = findHit(engine, url, headers);
    if (hit !== undefined) {
      write(request, response, hit);
      return;
    }
  }
  const gone = new Cancellation();
  const bodiless = method === 'GET' || method === 'HEAD';
  const body = bodiless ? undefined : request;
  const fail = (error: unknown) => {
    engine.runtime.report(error, '');
    response.destroy();
  };
  try {
    const inbound = { method, target: url, headers, body, address: address(), forwarded: forwarded(), gone };
    const reply = answer(engine, routes, inbound);
    if (!(reply instanceof Promise)) {
      write(request, response, reply);
      return;
    }
    const leave = () => gone.cancel(callError('aborted', 'the client left'));
    response.once('close', leave);
    const written = reply.then((ready) => {
      response.off('close', leave);
      write(request, response, ready);
    });
    written.catch(fail);
  } catch (error) {
    fail(error);
  }
}

function write(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.destroyed) return;
  response.writeHead(status, headers as string[]);
  if (typeof body === 'function') streamOnSocket(request, response, body);
  else if (body instanceof Uint8Array && body.byteLength <= WITH_HEAD) response.end(latin1(body), 'latin1');
  else response.end(body);
}

/** Bytes. libuv writes a text of up to 16 kB, its head included, from the stack. */
const WITH_HEAD = 14_336;

/** Node writes a head and a body of bytes as two chunks (writev), but a head and a text as one, which costs less. */
const latin1 = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
