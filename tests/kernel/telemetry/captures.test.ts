import { beforeEach, expect, test } from 'vitest';
import { resetRegistry } from '#kernel/base/registry.ts';
import { answerTo, captureAnswer, captureCall, countCapture } from '#kernel/telemetry/captures.ts';

beforeEach(() => resetRegistry());

const trace = (length: number) => {
  const wire = {};
  captureCall(wire, 'named');
  captureAnswer(wire, { n: 1 }, 7);
  return { capture: { request: [], reply: [], view: 'x'.repeat(length) }, calls: [{ answer: '{"n":1}', wire }] };
};

test('the oldest captures make room, and nothing of them stays in memory', () => {
  const [old, young] = [trace(10 * 1024 * 1024), trace(10 * 1024 * 1024)];
  countCapture(old);
  expect(old.calls[0]).toHaveProperty('answer');
  countCapture(young);
  expect(old).not.toHaveProperty('capture');
  expect(old.calls[0]).not.toHaveProperty('answer');
  expect([old, young].map(({ calls }) => answerTo(calls[0]?.wire ?? {}))).toEqual([undefined, '{"n":1}']);
});
