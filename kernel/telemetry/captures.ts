import { processSingleton } from '#kernel/base/registry.ts';
import { MAX_RECORDED_LENGTH, type Mask, maskedJson, type ShownField } from './mask.ts';

/** What is recorded of a request while the inspector is on, masked. */
export interface Capture {
  readonly request: readonly ShownField[];
  readonly reply: readonly ShownField[];
  /** The view as JSON; undefined where there is none, or where it is too long. */
  readonly view: string | undefined;
}

interface CapturedTrace {
  capture?: Capture;
  readonly calls: readonly { answer?: string; readonly wire?: object }[];
}

/** Characters that all captured requests may have together. */
const MAX_LENGTH = 16 * 1024 * 1024;

interface Captures {
  /** Oldest first. */
  readonly entries: { readonly trace: CapturedTrace; readonly size: number }[];
  size: number;
}

const captures = (): Captures => processSingleton('captures', () => ({ entries: [], size: 0 }));

/**
 * Counts the size of a trace's bodies and headers, and drops the oldest captures if there is too much. Their traces
 * stay.
 */
export function countCapture(trace: CapturedTrace): void {
  const store = captures();
  const size = sizeOf(trace);
  store.entries.push({ trace, size });
  store.size += size;
  while (store.size > MAX_LENGTH) {
    const oldest = store.entries.shift();
    if (oldest === undefined) return;
    store.size -= oldest.size;
    delete oldest.trace.capture;
    for (const call of oldest.trace.calls) {
      delete call.answer;
      if (call.wire) answers().delete(call.wire);
    }
  }
}

/** The answer to a call: how it is masked, and what came of it as JSON. */
interface CapturedAnswer {
  readonly mask: Mask;
  text: string | undefined;
}

/** The answers to calls whose requests are captured, by the wire trace of their flight. */
const answers = () => processSingleton('captured answers', () => new WeakMap<object, CapturedAnswer>());

/** The answer to this call will be recorded. */
export function captureCall(wire: object, mask: Mask): void {
  answers().set(wire, { mask, text: undefined });
}

/** Records an answer, masked, before it is validated; `size` is its bytes. */
export function captureAnswer(wire: object, json: unknown, size: number): void {
  const answer = answers().get(wire);
  if (answer && size <= MAX_RECORDED_LENGTH) answer.text = maskedJson(json, answer.mask);
}

/** Records that the upstream has confirmed a cached value, by the answer that the value came from. */
export function captureUnchanged(wire: object, text: string | undefined): void {
  const answer = answers().get(wire);
  if (answer) answer.text = text;
}

/** The answer to a call as masked JSON; undefined where it was not captured. */
export const answerTo = (wire: object): string | undefined => answers().get(wire)?.text;

/** Texts that several requests share count for each of them. */
function sizeOf({ capture, calls }: CapturedTrace): number {
  let size = 1_024 + (capture?.view?.length ?? 0);
  for (const [name, value] of [...(capture?.request ?? []), ...(capture?.reply ?? [])])
    size += name.length + value.length;
  for (const { answer } of calls) size += answer?.length ?? 0;
  return size;
}
