import { randomBytes } from 'node:crypto';
import { processSingleton } from '#kernel/base/registry.ts';
import { baggageFrom } from './baggage.ts';

/** A request's place in its trace (W3C Trace Context). */
export interface TraceContext {
  readonly traceId: string;
  /** The caller's span; undefined where the trace begins here. */
  readonly parentId: string | undefined;
  /** The trace flags: bit 0 sampled, bit 1 random. */
  readonly flags: number;
  /** The number of the request's own span. */
  readonly span: number;
  /** What goes on to upstreams besides, flat: `tracestate` and `baggage`, where there are any. */
  readonly fields: readonly string[];
}

/** What a caller says of its trace. */
interface TraceFields {
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly baggage: string | undefined;
}

const SAMPLED = 1;
const KNOWN_FLAGS = 3;
const BAGGAGE = 'baggage';
const NO_FIELDS: readonly string[] = Object.freeze([]);

/** A trace that begins here. Whether it is exported is decided at its end, so that upstreams record their part of it. */
export const newTrace = (): TraceContext => ({
  traceId: newTraceId(),
  parentId: undefined,
  flags: SAMPLED,
  span: nextSpan(),
  fields: NO_FIELDS,
});

/** Goes on with the caller's trace where its `traceparent` is valid, else begins one. `keys` are those of baggage that goes on. */
export function traceFrom(given: TraceFields, keys: readonly string[]): TraceContext {
  const { traceparent, tracestate, baggage } = given;
  if (traceparent === undefined && baggage === undefined) return newTrace();
  const parent = traceparent === undefined ? undefined : parse(traceparent);
  const state = parent && tracestate !== undefined ? traceStateFrom(tracestate) : undefined;
  const carried = baggage === undefined || keys.length === 0 ? undefined : baggageFrom(baggage, keys);
  return {
    traceId: parent?.traceId ?? newTraceId(),
    parentId: parent?.parentId,
    flags: parent?.flags ?? SAMPLED,
    span: nextSpan(),
    fields: fieldsOf(state, carried),
  };
}

function fieldsOf(state: string | undefined, baggage: string | undefined): readonly string[] {
  if (state === undefined && baggage === undefined) return NO_FIELDS;
  return [...(state ? ['tracestate', state] : []), ...(baggage ? [BAGGAGE, baggage] : [])];
}

/**
 * Another request of the same trace, such as a read that a stream watches. Others may watch it too: it has no baggage of
 * one of them.
 */
export const siblingTrace = (context: TraceContext): TraceContext => ({
  ...context,
  span: nextSpan(),
  fields: withoutBaggage(context.fields),
});

/** The baggage among the fields that go on. */
export function baggageIn(fields: readonly string[]): string | undefined {
  const at = fields.indexOf(BAGGAGE);
  return at < 0 ? undefined : fields[at + 1];
}

/** The fields that go on where what comes of it may be given to others. */
export function withoutBaggage(fields: readonly string[]): readonly string[] {
  const at = fields.indexOf(BAGGAGE);
  return at < 0 ? fields : fields.toSpliced(at, 2);
}

export const isTraceSampled = ({ flags }: TraceContext): boolean => (flags & SAMPLED) !== 0;

/** The `traceparent` of one attempt at an upstream, whose span it names. */
export const traceparent = ({ traceId, flags }: TraceContext, span: number): string =>
  `00-${traceId}-${spanId(span)}-0${flags}`;

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const VERSION_0_LENGTH = 55;
const NO_TRACE = '0'.repeat(32);
const NO_PARENT = '0'.repeat(16);

/** §3.2: of a version that we do not know what stands where ours has it; ff is none, and ours ends after its flags. */
function parse(text: string): Pick<TraceContext, 'traceId' | 'parentId' | 'flags'> | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [, version, traceId = '', parentId, flags = ''] = match;
  if (version === 'ff' || (version === '00' && text.length !== VERSION_0_LENGTH)) return undefined;
  if (traceId === NO_TRACE || parentId === NO_PARENT) return undefined;
  return { traceId, parentId, flags: Number.parseInt(flags, 16) & KNOWN_FLAGS };
}

/** Limits of W3C Trace Context §3.3: how many members there may be, and how long a field every party must pass on. */
const MAX_MEMBERS = 32;
const MAX_LENGTH = 512;
/** Longer members are the first to go. */
const LONG = 128;

/** A key, also `tenant@system`, and a value: printable, without comma or equals sign, and not ended by a space. */
const MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** A caller's `tracestate` as it goes on; undefined where it is invalid or empty. */
export function traceStateFrom(text: string): string | undefined {
  const members = text
    .split(',')
    .map((member) => member.replace(/^[ \t]+/, '').trimEnd())
    .filter((member) => member !== '');
  if (members.length === 0 || members.length > MAX_MEMBERS) return undefined;
  if (!members.every((member) => MEMBER.test(member))) return undefined;
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  if (keys.size < members.length) return undefined;
  return shortened(members).join(',') || undefined;
}

/** Whole members only: first without long ones, then from the end (§3.3.1.5). */
function shortened(members: readonly string[]): readonly string[] {
  if (lengthOf(members) <= MAX_LENGTH) return members;
  const short = members.filter(({ length }) => length <= LONG);
  while (lengthOf(short) > MAX_LENGTH) short.pop();
  return short;
}

const lengthOf = (members: readonly string[]) => members.reduce((sum, { length }) => sum + length + 1, -1);

/** One count for all bundles: a span that one of them has sent upstream is exported by another. */
const spans = processSingleton('span ids', () => ({
  trace: randomBytes(5).toString('hex'),
  span: randomBytes(4).toString('hex'),
  last: 0,
}));

/** The number of a new span. Its id is made of it (`spanId`) once it is needed. */
export const nextSpan = (): number => ++spans.last;

/** A span's id, 16 hexadecimal digits: a prefix drawn at boot and its number, 32 bits each. */
export const spanId = (span: number): string => spans.span + hex(span, 8);

/**
 * A new trace id: a prefix drawn at boot, a number, and 56 random bits at its right end, by which samplers choose (W3C
 * Trace Context Level 2 §4.2.2.1). Not cryptographic: nothing is protected by it.
 */
export const newTraceId = (): string => spans.trace + hex(++spans.last, 8) + random() + random();

const hex = (number: number, digits: number) => (number >>> 0).toString(16).padStart(digits, '0');
const random = () => hex(Math.random() * 2 ** 28, 7);
