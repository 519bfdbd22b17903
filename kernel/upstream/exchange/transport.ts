import type { Dispatcher, Pool } from 'undici';
import { type CallError, callError, isCallError } from '#kernel/base/call-error.ts';
import type { Cancellation } from '#kernel/base/cancellation.ts';
import { lostTime } from '#kernel/base/time/loop-delay.ts';
import { busyError, lostSince, Timeout } from '#kernel/base/time/timeout.ts';

/** What one attempt sends beside method and address. */
export interface RequestOptions {
  /** Flat: name, value, name, value. */
  readonly headers: string[];
  readonly body: string | undefined;
  /** The maximum number of bytes that are read off the wire. */
  readonly maxBytes: number;
  /** Whether an error's body is read too. */
  readonly readsErrors: boolean;
  /** Milliseconds for this attempt. */
  readonly timeout: number | undefined;
  readonly cancellation: Cancellation;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The full answer: JSON can't be parsed before its last byte. A web Response would double the cost of an exchange.
 */
export class WireResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly fields: Headers;
  readonly bytes: Buffer;
  /** Milliseconds, monotonic: when the head was in. */
  readonly headAt: number;

  constructor(status: number, fields: Headers, bytes: Buffer, headAt: number) {
    this.status = status;
    this.ok = status >= 200 && status < 300;
    this.fields = fields;
    this.bytes = bytes;
    this.headAt = headAt;
  }

  field(name: string): string | undefined {
    const value = this.fields[name];
    return typeof value === 'string' ? value : value?.[0];
  }
}

/** Sends one request over the pool and reads the full answer. Every failure is a CallError. */
export function send(pool: Pool, method: string, path: string, options: RequestOptions): Promise<WireResponse> {
  const { reason: cancelled } = options.cancellation;
  if (cancelled) return Promise.reject(cancelled);
  return new Promise((resolve, reject) => {
    const receiver = new Receiver(options, resolve, reject);
    pool.dispatch(
      {
        method: method as Dispatcher.HttpMethod,
        path,
        headers: options.headers,
        body: options.body ?? null,
        // The flight's own timer covers head and body together; these two would only tick beside it.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      receiver,
    );
  });
}

const CONNECT_TIMEOUT = 'UND_ERR_CONNECT_TIMEOUT';

class Receiver implements Dispatcher.DispatchHandler {
  readonly #options: RequestOptions;
  readonly #resolve: (response: WireResponse) => void;
  readonly #reject: (reason: CallError) => void;
  readonly #timer: Timeout | undefined;
  readonly #stopListening: () => void;
  readonly #began = performance.now();
  readonly #lostBefore = lostTime(this.#began);
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: CallError | undefined;
  #size = 0;
  #status = 0;
  #fields: Headers = {};
  #headAt = 0;

  constructor(options: RequestOptions, resolve: (response: WireResponse) => void, reject: (reason: CallError) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    const { timeout } = options;
    if (timeout !== undefined) this.#timer = new Timeout(timeout, (late) => this.#abort(late));
    this.#stopListening = options.cancellation.onCancel((reason) => this.#abort(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(this.#aborted);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#status = status;
    this.#fields = headers;
    this.#headAt = performance.now();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#status >= 300 && !this.#options.readsErrors) return;
    this.#size += chunk.length;
    if (this.#size > this.#options.maxBytes) {
      this.#abort(
        callError('contract', `answer larger than ${this.#options.maxBytes} bytes`, { status: this.#status }),
      );
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#done();
    const [only] = this.#chunks;
    const bytes = only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks, this.#size);
    this.#resolve(new WireResponse(this.#status, this.#fields, bytes, this.#headAt));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#done();
    this.#reject(this.#markUnsent(this.#aborted ?? this.#errorOf(error)));
  }

  #errorOf(error: Error): CallError {
    if (isCallError(error)) return error;
    const { code } = error as NodeJS.ErrnoException;
    const lost = code === CONNECT_TIMEOUT ? lostSince(this.#began, this.#lostBefore, performance.now()) : undefined;
    if (lost !== undefined) return busyError(lost);
    // What can't be written down as a request says nothing about the upstream.
    return callError(code === 'UND_ERR_INVALID_ARG' ? 'internal' : 'unavailable', error.message, { cause: error });
  }

  /** Rejects at once: a request that still waits for a socket has no controller to abort it. */
  #abort(reason: CallError): void {
    if (this.#aborted) return;
    this.#aborted = reason;
    this.#done();
    this.#controller?.abort(reason);
    this.#reject(this.#markUnsent(reason));
  }

  /** An upstream can't have acted on a request that was not started. */
  #markUnsent(reason: CallError): CallError {
    return this.#controller === undefined
      ? callError(reason.reason, reason.message, { ...reason, cause: reason, unsent: true })
      : reason;
  }

  #done(): void {
    this.#timer?.clear();
    this.#stopListening();
  }
}
