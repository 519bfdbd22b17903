import DataLoader from 'dataloader';
import { type CallError, callError, toCallError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { canonicalJson, lengthPrefixed } from '#kernel/base/json/canonical.ts';
import type { JsonFlaw } from '#kernel/base/json/json-scanner.ts';
import type { BatchItem, Call } from '#kernel/upstream/calls/call.ts';
import { noteDrift, noteFlaw } from '#kernel/upstream/lane/drift.ts';
import { takeSample } from '#kernel/upstream/lane/sample.ts';
import { upstreamState } from '#kernel/upstream/lane/state.ts';
import { countViolation } from '#kernel/upstream/lane/traffic.ts';
import type { CallContext } from './call-context.ts';
import type { Decoded } from './decode.ts';
import { type FetchedValue, validateAnswer } from './validate-answer.ts';

/** A raw item of a batch's answer, with its share of the bytes. */
interface Item {
  readonly json: unknown;
  readonly size: number;
  readonly flaws: readonly JsonFlaw[];
}

type BatchResult = Item | CallError;

/** Brings one item: it joins the batch that is forming for its upstream, scope, lane and arguments. */
export async function fetchItem(call: Call, spec: BatchItem, context: CallContext): Promise<FetchedValue> {
  const { batch, args, item } = spec;
  const { lane, wire, sample } = context;
  const key = lengthPrefixed([call.upstream.name, batch.name, call.owner ?? '', canonicalJson(args)]);
  let forming = lane.batches.get(key) as FormingBatch | undefined;
  if (forming === undefined || forming.abandoned) {
    const fresh: FormingBatch = new FormingBatch(call, spec, context, () => {
      if (lane.batches.get(key) === fresh) lane.batches.delete(key);
    });
    forming = fresh;
    lane.batches.set(key, fresh);
  }
  const result = await forming.add(item, context.cancellation).finally(() => Object.assign(wire, forming.wire));
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
  readonly #cancellation = new Cancellation();
  readonly #loader: DataLoader<string, BatchResult>;
  #added = 0;
  #left = 0;

  constructor(call: Call, { batch, args }: BatchItem, context: CallContext, onSent: () => void) {
    this.wire = { ...context.wire, tries: [] };
    const batchContext: CallContext = { ...context, cancellation: this.#cancellation, wire: this.wire };
    this.#loader = new DataLoader<string, BatchResult>(
      async (items) => {
        onSent();
        this.wire.batched = items.length;
        try {
          const decoded = await context.exchange(batch.request(items, args), batchContext);
          return sortOut(call, batch, items, decoded, context.lane);
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

/** The flaws of one item, by their paths in it. */
function flawsAt(flaws: readonly JsonFlaw[], prefix: readonly PropertyKey[]): readonly JsonFlaw[] {
  if (flaws.length === 0) return flaws;
  return flaws.flatMap(({ path, message }) =>
    path.length > prefix.length && prefix.every((step, at) => path[at] === step)
      ? [{ path: path.slice(prefix.length), message }]
      : [],
  );
}

/** Finds each item in the answer: each is there, missing or broken on its own. */
function sortOut(
  call: Call,
  batch: BatchItem['batch'],
  items: readonly string[],
  { json, size, flaws }: Decoded,
  lane: CallContext['lane'],
): BatchResult[] {
  const upstream = call.upstream.name;
  const list = batch.list === undefined ? json : (json as Record<string, unknown> | null)?.[batch.list];
  if (!Array.isArray(list)) {
    const path = batch.list ?? '';
    noteDrift(lane.ledger, { upstream, call: call.label, path, expected: 'array', actual: typeof list }, list);
    countViolation(upstreamState(lane, upstream).traffic, performance.now());
    throw callError('contract', `${call.label} answered no list`, { upstream });
  }
  const lead = batch.list === undefined ? [] : [batch.list];
  const around = flaws.find(({ path }) => path.length === lead.length && path[0] === batch.list);
  if (around !== undefined) {
    noteFlaw(lane.ledger, upstream, call.label, around.path, around.message);
    throw callError('contract', `${call.label} ${around.message}`, { upstream });
  }
  const found = new Map<string, number>();
  const doubled = new Set<string>();
  let nameless = false;
  const path = `[].${batch.id}`;
  for (const [at, entry] of list.entries()) {
    const id = (entry as Record<string, unknown> | null)?.[batch.id];
    if (typeof id !== 'string') {
      nameless = true;
      noteDrift(lane.ledger, { upstream, call: call.label, path, expected: 'string', actual: typeof id });
    } else if (found.has(id)) {
      doubled.add(id);
      noteDrift(lane.ledger, { upstream, call: call.label, path, expected: 'one of each', actual: 'several' });
    } else found.set(id, at);
  }
  const share = Math.ceil(size / Math.max(1, items.length));
  const handed = new Set<PropertyKey | undefined>();
  const results = items.map((item) => {
    const at = found.get(item);
    const entry = at === undefined ? undefined : list[at];
    // An item without an id might be the one that was asked for, and of two with one id it is unknown which is right.
    if (doubled.has(item) || (entry === undefined && nameless)) {
      return callError('contract', `${item} can't be told in ${call.label}`, { upstream });
    }
    const absent = entry === undefined || (batch.absent !== undefined && Object.hasOwn(Object(entry), batch.absent));
    if (absent) return callError('not-found', `no ${item} in ${call.label}`, { upstream });
    handed.add(at);
    return { json: entry, size: share, flaws: flawsAt(flaws, [...lead, at as number]) };
  });
  // The flaws of an item are noted where it is validated.
  for (const { path: lost, message } of flaws) {
    if (lead.some((step, depth) => lost[depth] !== step) || !handed.has(lost[lead.length]))
      noteFlaw(lane.ledger, upstream, call.label, lost, message);
  }
  return results;
}
