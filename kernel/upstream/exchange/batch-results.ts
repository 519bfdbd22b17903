import { type CallError, callError } from '#kernel/base/call-error.ts';
import type { JsonFlaw } from '#kernel/base/json/json-scanner.ts';
import type { Batch, Call } from '#kernel/upstream/calls/call.ts';
import { noteDrift, noteFlaw } from '#kernel/upstream/lane/drift.ts';
import { type LaneState, upstreamState } from '#kernel/upstream/lane/state.ts';
import { countViolation } from '#kernel/upstream/lane/traffic.ts';
import type { Decoded } from './decode.ts';

/** A raw item of a batch's answer, with its share of the bytes. */
interface Item {
  readonly json: unknown;
  readonly size: number;
  readonly flaws: readonly JsonFlaw[];
}

export type BatchResult = Item | CallError;

/** An answered batch: `call` is one of the calls that wait for it. */
interface AnsweredBatch {
  readonly call: Call;
  readonly batch: Batch;
  readonly lane: LaneState;
}

/** Finds each item in the answer: each is there, missing or broken on its own. Throws `contract` without a list. */
export function resultsIn(answered: AnsweredBatch, items: readonly string[], decoded: Decoded): BatchResult[] {
  const { call, batch } = answered;
  const upstream = call.upstream.name;
  const list = listIn(answered, decoded);
  const { places, doubled, nameless } = placesOf(answered, list);
  const mayBePart = batch.absent !== undefined || hasMore(decoded.json, batch.list);
  if (mayBePart && items.some((item) => !places.has(item)))
    note(answered, { path: '[]', expected: 'each that was asked for', actual: 'some' });
  const listPath = listPathOf(batch);
  const size = Math.ceil(decoded.size / Math.max(1, items.length));
  const handed = new Set<PropertyKey | undefined>();
  const results = items.map((item): BatchResult => {
    const at = places.get(item);
    const json = at === undefined ? undefined : list[at];
    // An item without an id might be the one that was asked for, and of two with one id it is unknown which is right.
    if (doubled.has(item) || (at === undefined && (nameless || mayBePart)))
      return callError('contract', `${item} can't be told in ${call.label}`, { upstream });
    if (at === undefined || (batch.absent !== undefined && Object.hasOwn(Object(json), batch.absent)))
      return callError('not-found', `no ${item} in ${call.label}`, { upstream });
    handed.add(at);
    return { json, size, flaws: flawsAt(decoded.flaws, [...listPath, at]) };
  });
  // The flaws of an item are noted where it is validated.
  for (const { path, message } of decoded.flaws) {
    if (listPath.some((step, depth) => path[depth] !== step) || !handed.has(path[listPath.length]))
      noteFlaw(answered.lane.ledger, upstream, call.label, path, message);
  }
  return results;
}

function listIn(answered: AnsweredBatch, { json, flaws }: Decoded): readonly unknown[] {
  const { call, batch, lane } = answered;
  const upstream = call.upstream.name;
  const list = batch.list === undefined ? json : (json as Record<string, unknown> | null)?.[batch.list];
  if (!Array.isArray(list)) {
    note(answered, { path: batch.list ?? '', expected: 'array', actual: typeof list }, list);
    countViolation(upstreamState(lane, upstream).traffic, performance.now());
    throw callError('contract', `${call.label} answered no list`, { upstream });
  }
  const around = flaws.find(({ path }) => path.length === listPathOf(batch).length && path[0] === batch.list);
  if (around !== undefined) {
    noteFlaw(lane.ledger, upstream, call.label, around.path, around.message);
    throw callError('contract', `${call.label} ${around.message}`, { upstream });
  }
  return list;
}

/** The index of each id, the ids that occur more than once, and whether some items have no id. */
function placesOf(answered: AnsweredBatch, list: readonly unknown[]) {
  const { id: member } = answered.batch;
  const places = new Map<string, number>();
  const doubled = new Set<string>();
  let nameless = false;
  const path = `[].${member}`;
  for (const [at, entry] of list.entries()) {
    const id = (entry as Record<string, unknown> | null)?.[member];
    if (typeof id !== 'string') {
      nameless = true;
      note(answered, { path, expected: 'string', actual: typeof id });
    } else if (places.has(id)) {
      doubled.add(id);
      note(answered, { path, expected: 'one of each', actual: 'several' });
    } else places.set(id, at);
  }
  return { places, doubled, nameless };
}

const ONWARD = /next|more|cursor|token|continu|trunc|partial|incomplete|link|offset/i;
const TOTAL = /total|count|size|length|hits|found|pages/i;

/** Whether a member beside the list may say that the list is only a part: a link to more, or a larger total. */
function hasMore(json: unknown, name: string | undefined): boolean {
  if (name === undefined) return false;
  const { [name]: list, ...beside } = json as Record<string, unknown>;
  const length = (list as readonly unknown[]).length;
  return Object.entries(beside).some(([member, value]) =>
    ONWARD.test(member) ? !isNothing(value) : TOTAL.test(member) && Number(value) > length,
  );
}

/** Values that mean "no more pages": none, or an empty one. */
const isNothing = (value: unknown): boolean =>
  !value || value === '0' || (typeof value === 'object' && Object.values(value).every(isNothing));

/** The flaws of one item, by their paths in it. */
function flawsAt(flaws: readonly JsonFlaw[], prefix: readonly PropertyKey[]): readonly JsonFlaw[] {
  if (flaws.length === 0) return flaws;
  return flaws.flatMap(({ path, message }) =>
    path.length > prefix.length && prefix.every((step, at) => path[at] === step)
      ? [{ path: path.slice(prefix.length), message }]
      : [],
  );
}

const listPathOf = ({ list }: Batch): readonly string[] => (list === undefined ? [] : [list]);

type Finding = Readonly<Record<'path' | 'expected' | 'actual', string>>;

const note = ({ call, lane }: AnsweredBatch, finding: Finding, value?: unknown) =>
  noteDrift(lane.ledger, { upstream: call.upstream.name, call: call.label, ...finding }, value);
