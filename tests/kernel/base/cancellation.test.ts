import { describe, expect, test } from 'vitest';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { type Fault, fault } from '#kernel/base/fault.ts';

describe('a cancellation', () => {
  test('tells every listener once, with the first reason', () => {
    const cancellation = new Cancellation();
    const heard: Fault[] = [];
    cancellation.onCancel((reason) => heard.push(reason));
    cancellation.onCancel((reason) => heard.push(reason));
    const first = fault('timeout', 'first');
    cancellation.cancel(first);
    cancellation.cancel(fault('aborted', 'second'));
    expect(heard).toEqual([first, first]);
    expect(cancellation.fault).toBe(first);
  });

  test('tells who comes late at once', () => {
    const cancellation = new Cancellation();
    const reason = fault('aborted', 'gone');
    cancellation.cancel(reason);
    const heard: Fault[] = [];
    cancellation.onCancel((given) => heard.push(given));
    expect(heard).toEqual([reason]);
  });

  test('does not tell who stopped listening', () => {
    const cancellation = new Cancellation();
    const heard: Fault[] = [];
    const stop = cancellation.onCancel((reason) => heard.push(reason));
    stop();
    cancellation.cancel(fault('aborted', 'gone'));
    expect(heard).toEqual([]);
  });
});
