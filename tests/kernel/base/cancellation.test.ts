import { describe, expect, test } from 'vitest';
import { type CallError, callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';

describe('a cancellation', () => {
  test('calls every listener once, with the first reason', () => {
    const cancellation = new Cancellation();
    const heard: CallError[] = [];
    cancellation.onCancel((reason) => heard.push(reason));
    cancellation.onCancel((reason) => heard.push(reason));
    const first = callError('timeout', 'first');
    cancellation.cancel(first);
    cancellation.cancel(callError('aborted', 'second'));
    expect(heard).toEqual([first, first]);
    expect(cancellation.reason).toBe(first);
  });

  test('calls a late listener at once', () => {
    const cancellation = new Cancellation();
    const reason = callError('aborted', 'gone');
    cancellation.cancel(reason);
    const heard: CallError[] = [];
    cancellation.onCancel((given) => heard.push(given));
    expect(heard).toEqual([reason]);
  });

  test('does not call a listener that was removed', () => {
    const cancellation = new Cancellation();
    const heard: CallError[] = [];
    const stop = cancellation.onCancel((reason) => heard.push(reason));
    stop();
    cancellation.cancel(callError('aborted', 'gone'));
    expect(heard).toEqual([]);
  });

  test('does not tell who stops while others are told, and tells all the others', () => {
    const cancellation = new Cancellation();
    const heard: string[] = [];
    const stops: (() => void)[] = [];
    cancellation.onCancel(() => {
      heard.push('first');
      stops[1]?.();
    });
    for (const name of ['before', 'stopped', 'after']) stops.push(cancellation.onCancel(() => void heard.push(name)));
    cancellation.cancel(callError('aborted', 'gone'));
    expect(heard).toEqual(['first', 'before', 'after']);
  });
});
