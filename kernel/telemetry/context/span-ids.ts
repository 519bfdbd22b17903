import { randomBytes } from 'node:crypto';
import { processSingleton } from '#kernel/base/registry.ts';

/** One count for all bundles: a span that one of them has sent upstream is exported by another. */
const spans = processSingleton('span ids', () => ({
  trace: randomBytes(5).toString('hex'),
  span: randomBytes(4).toString('hex'),
  last: 0,
}));

/** The number of a new span. Its id is made of it (`spanId`) once somebody needs it. */
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
