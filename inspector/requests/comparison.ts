import { type Difference, jsonDiff } from '#inspector/json/json-diff.ts';
import type { RequestTrace } from '#kernel/telemetry/trace.ts';
import { span } from '#operations/shape/ops/words.ts';
import { type Bar, type Waterfall, waterfallOf } from './waterfall.ts';

/** The same call in two runs; undefined where one had none. */
export interface Pair {
  readonly section: string;
  readonly upstream: string;
  readonly call: string;
  readonly a: Bar | undefined;
  readonly b: Bar | undefined;
}

export interface Comparison {
  /** One sentence: the difference. */
  readonly headline: string;
  readonly a: Waterfall;
  readonly b: Waterfall;
  readonly pairs: readonly Pair[];
  /** Undefined if one of the answers was not recorded. */
  readonly differences: readonly Difference[] | undefined;
  /** Whether clients would notice; undefined if unknown. */
  readonly noticed: boolean | undefined;
}

/** Two runs compared: their calls pair by section and call, in order. */
export function comparisonOf(a: RequestTrace, b: RequestTrace): Comparison {
  const [left, right] = [waterfallOf(a), waterfallOf(b)];
  const [before, after] = [viewOf(a), viewOf(b)];
  const differences = before === undefined || after === undefined ? undefined : jsonDiff(before.json, after.json);
  const noticed = a.etag === undefined || b.etag === undefined ? undefined : plain(a.etag) !== plain(b.etag);
  return {
    headline: headlineOf(a, b, noticed),
    a: left,
    b: right,
    pairs: pairsOf(left.bars, right.bars),
    differences,
    noticed,
  };
}

const viewOf = ({ capture }: RequestTrace): { readonly json: unknown } | undefined =>
  capture?.view === undefined ? undefined : { json: JSON.parse(capture.view) };

/** Without the coding in which it was sent: the answer is the same. */
const plain = (etag: string) => etag.replace(/^W\//, '').replace(/-(?:br|gzip)"$/, '"');

function pairsOf(a: readonly Bar[], b: readonly Bar[]): Pair[] {
  const left = byName(a);
  const right = byName(b);
  return [...new Set([...left.keys(), ...right.keys()])].map((name) => {
    const pair = { a: left.get(name), b: right.get(name) };
    const { section, upstream, call } = (pair.a ?? (pair.b as Bar)).call;
    return { section, upstream, call, ...pair };
  });
}

function byName(bars: readonly Bar[]): Map<string, Bar> {
  const named = new Map<string, Bar>();
  for (const bar of bars) {
    const { section, upstream, call } = bar.call;
    for (let turn = 1; ; turn++) {
      const name = `${section} ${upstream} ${call} ${turn}`;
      if (named.has(name)) continue;
      named.set(name, bar);
      break;
    }
  }
  return named;
}

function headlineOf(a: RequestTrace, b: RequestTrace, noticed: boolean | undefined): string {
  const delta = b.duration - a.duration;
  const time =
    Math.abs(delta) < Math.max(1, a.duration * 0.05)
      ? 'B is as fast as A'
      : `B is ${span(Math.abs(delta))} ${delta < 0 ? 'faster' : 'slower'} than A`;
  const says =
    noticed === undefined
      ? ''
      : noticed
        ? ', and says something else'
        : ', and its ETag is the same: no client will notice';
  return `${time}${says}.`;
}
