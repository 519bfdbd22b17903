import { type CallError, callError, toCallError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { lengthPrefixed } from '#kernel/base/json/json-value.ts';
import { captureAnswer } from '#kernel/telemetry/captures.ts';
import type { Batch, BatchArgs, BatchItem, Call } from '#kernel/upstream/calls/call.ts';
import { type BatchResult, resultsIn } from './batch-results.ts';
import type { CallContext } from './call-context.ts';
import { type FetchedValue, validateAnswer } from './validate-answer.ts';

/** Brings one item: it joins the batch that is forming for its upstream, scope, lane and arguments. */
export function fetchItem(call: Call, spec: BatchItem, context: CallContext): Promise<FetchedValue> {
  const { lane, wire, head } = context;
  const key = lengthPrefixed([call.upstream.name, spec.batch.name, call.owner ?? '', spec.argsKey]);
  let forming = lane.batches.get(key) as FormingBatch | undefined;
  if (forming === undefined || !forming.isOpen) {
    forming = new FormingBatch(call, spec, context);
    lane.batches.set(key, forming);
    sendOnceFormed(forming, lane.batches, key);
  }
  const joined = forming;
  const index = joined.add(spec.item, context.cancellation);
  return joined.results.then((results) => {
    Object.assign(wire, joined.wire);
    Object.assign(head, joined.head);
    const result = results[index] as BatchResult;
    if ('kind' in result) throw result;
    captureAnswer(wire, result.json, result.size);
    return { value: validateAnswer(call, result, context), size: result.size };
  });
}

/** Sends a batch once all code that runs in this turn has asked for its items. */
function sendOnceFormed(forming: FormingBatch, batches: CallContext['lane']['batches'], key: string): void {
  queueMicrotask(() =>
    process.nextTick(() => {
      batches.delete(key, forming);
      forming.send();
    }),
  );
}

/** A batch from its first item until it is sent. It is aborted when all its callers have left. */
class FormingBatch {
  readonly wire: CallContext['wire'];
  readonly head: CallContext['head'] = { fields: undefined };
  /** What became of each item, in the order in which they were added. Never rejects. */
  readonly results: Promise<readonly BatchResult[]>;
  readonly #call: Call;
  readonly #batch: Batch;
  readonly #args: BatchArgs;
  readonly #context: CallContext;
  readonly #cancellation = new Cancellation();
  readonly #items: string[] = [];
  readonly #resolve: (results: readonly BatchResult[]) => void;
  #left = 0;

  constructor(call: Call, { batch, args }: BatchItem, context: CallContext) {
    this.#call = call;
    this.#batch = batch;
    this.#args = args;
    this.wire = { ...context.wire, tries: [] };
    this.#context = { ...context, cancellation: this.#cancellation, wire: this.wire, head: this.head };
    const { promise, resolve } = Promise.withResolvers<readonly BatchResult[]>();
    this.results = promise;
    this.#resolve = resolve;
  }

  /** Whether another item may join. */
  get isOpen(): boolean {
    return this.#cancellation.reason === undefined && this.#items.length < this.#batch.max;
  }

  /** Returns the index of the item in the results. */
  add(item: string, caller: Cancellation): number {
    const index = this.#items.push(item) - 1;
    caller.onCancel((reason) => {
      if (++this.#left === this.#items.length) this.#cancellation.cancel(reason);
    });
    return index;
  }

  async send(): Promise<void> {
    const items = this.#items;
    this.wire.batched = items.length;
    try {
      const request = this.#batch.request(items, this.#args);
      const decoded = await this.#context.exchange(request, this.#context);
      const answered = { call: this.#call, batch: this.#batch, lane: this.#context.lane };
      this.#resolve(resultsIn(answered, items, decoded));
    } catch (thrown) {
      const failure = batchError(toCallError(thrown));
      this.#resolve(items.map(() => failure));
    }
  }
}

/** A 404 for the whole batch says nothing about its items: only its answer can say that one of them is missing. */
function batchError(failure: CallError): CallError {
  const { reason, message, status } = failure;
  if (reason !== 'not-found') return failure;
  return callError('unavailable', message, { cause: failure, ...(status && { status }) });
}
