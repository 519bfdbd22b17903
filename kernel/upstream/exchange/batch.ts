import DataLoader from 'dataloader';
import { type CallError, callError, toCallError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { canonicalJson, lengthPrefixed } from '#kernel/base/json/json-value.ts';
import type { BatchItem, Call } from '#kernel/upstream/calls/call.ts';
import { takeSample } from '#kernel/upstream/lane/sample.ts';
import { type BatchResult, resultsIn } from './batch-results.ts';
import type { CallContext } from './call-context.ts';
import { type FetchedValue, validateAnswer } from './validate-answer.ts';

/** Brings one item: it joins the batch that is forming for its upstream, scope, lane and arguments. */
export async function fetchItem(call: Call, spec: BatchItem, context: CallContext): Promise<FetchedValue> {
  const { batch, args, item } = spec;
  const { lane, wire, head, sample } = context;
  const key = lengthPrefixed([call.upstream.name, batch.name, call.owner ?? '', canonicalJson(args)]);
  let forming = lane.batches.get(key) as FormingBatch | undefined;
  if (forming === undefined || forming.abandoned) {
    const fresh: FormingBatch = new FormingBatch(call, spec, context, () => {
      if (lane.batches.get(key) === fresh) lane.batches.delete(key);
    });
    forming = fresh;
    lane.batches.set(key, fresh);
  }
  const result = await forming.add(item, context.cancellation).finally(() => {
    Object.assign(wire, forming.wire);
    Object.assign(head, forming.head);
  });
  if ('kind' in result) throw result;
  takeSample(sample, result.json, result.size);
  return {
    value: validateAnswer(call, result, context),
    size: result.size,
  };
}

/** A batch from its first item until it is sent. It is aborted when all its callers have left. */
class FormingBatch {
  readonly wire: CallContext['wire'];
  readonly head: CallContext['head'] = { fields: undefined };
  readonly #cancellation = new Cancellation();
  readonly #loader: DataLoader<string, BatchResult>;
  #added = 0;
  #left = 0;

  constructor(call: Call, { batch, args }: BatchItem, context: CallContext, onSent: () => void) {
    this.wire = { ...context.wire, tries: [] };
    const batchContext: CallContext = {
      ...context,
      cancellation: this.#cancellation,
      wire: this.wire,
      head: this.head,
    };
    this.#loader = new DataLoader<string, BatchResult>(
      async (items) => {
        onSent();
        this.wire.batched = items.length;
        try {
          const decoded = await context.exchange(batch.request(items, args), batchContext);
          return resultsIn({ call, batch, lane: context.lane }, items, decoded);
        } catch (thrown) {
          const failure = batchError(toCallError(thrown));
          return items.map(() => failure);
        }
      },
      { cache: false, maxBatchSize: batch.max },
    );
  }

  get abandoned(): boolean {
    return this.#cancellation.reason !== undefined;
  }

  add(item: string, caller: Cancellation): Promise<BatchResult> {
    this.#added++;
    caller.onCancel((reason) => {
      if (++this.#left === this.#added) this.#cancellation.cancel(reason);
    });
    return this.#loader.load(item);
  }
}

/** A batch that is not there says nothing about its items: only its answer can say that one of them is missing. */
function batchError(failure: CallError): CallError {
  const { reason, message, status } = failure;
  if (reason !== 'not-found') return failure;
  return callError('unavailable', message, { cause: failure, ...(status && { status }) });
}
