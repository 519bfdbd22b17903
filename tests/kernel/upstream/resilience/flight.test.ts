import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type CallError, callError } from '#kernel/base/call-error.ts';
import { Cancellation } from '#kernel/base/cancellation.ts';
import { Flight } from '#kernel/upstream/resilience/flight.ts';
import { runs } from '#tests/support/long.ts';

interface Launched {
  readonly flight: Flight<string>;
  readonly land: (value: string) => void;
  readonly crash: (reason: unknown) => void;
  readonly aborts: CallError[];
}

function launch(refresh: boolean, timeout = 5_000): Launched {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const aborts: CallError[] = [];
  const flight = new Flight(0, timeout, refresh, (cancellation) => {
    cancellation.onCancel((reason) => aborts.push(reason));
    return promise;
  });
  flight.result.catch(() => undefined);
  return { flight, land: resolve, crash: reject, aborts };
}

function board(flight: Flight<string>): { leave: () => void; outcome: Promise<string> } {
  const caller = new Cancellation();
  const outcome = flight.join(caller).catch((reason: CallError) => reason.message);
  return { leave: () => caller.cancel(callError('aborted', 'I left')), outcome };
}

/** What is virtual where time is tested: the turns of the event loop are real. */
const CLOCK: ('setTimeout' | 'clearTimeout' | 'performance')[] = ['setTimeout', 'clearTimeout', 'performance'];
afterEach(() => void vi.useRealTimers());

describe('a flight', () => {
  test('serves everyone who stays, and is aborted exactly when the last one leaves, a refresh never', async () => {
    const orders = fc.integer({ min: 1, max: 6 }).chain((callers) =>
      fc.record({
        callers: fc.constant(callers),
        leavers: fc.shuffledSubarray(Array.from({ length: callers }, (_, index) => index)),
        refresh: fc.boolean(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ({ callers, leavers, refresh }) => {
        const { flight, land, aborts } = launch(refresh);
        const aboard = Array.from({ length: callers }, () => board(flight));
        for (const [gone, leaver] of leavers.entries()) {
          expect(aborts).toHaveLength(0);
          aboard[leaver]?.leave();
          aboard[leaver]?.leave();
          expect(flight.abandoned).toBe(!refresh && gone + 1 === callers);
        }
        const empty = leavers.length === callers && !refresh;
        expect(aborts.map(({ reason }) => reason)).toEqual(empty ? ['aborted'] : []);
        land('landed');
        const outcomes = await Promise.all(aboard.map(({ outcome }) => outcome));
        expect(outcomes).toEqual(outcomes.map((_, index) => (leavers.includes(index) ? 'I left' : 'landed')));
      }),
      { numRuns: runs(300) },
    );
  });

  test('goes on for one who boards after others have left', async () => {
    const { flight, land, aborts } = launch(false);
    const first = board(flight);
    const second = board(flight);
    first.leave();
    const third = board(flight);
    second.leave();
    land('landed');
    expect(await third.outcome).toBe('landed');
    expect(aborts).toEqual([]);
  });

  test('gives its error to all that joined', async () => {
    const { flight, crash } = launch(false);
    const aboard = [board(flight), board(flight)];
    crash(new Error('crashed'));
    expect(await Promise.all(aboard.map(({ outcome }) => outcome))).toEqual(['crashed', 'crashed']);
  });

  test('ends at its timeout: it is cancelled, and all that joined get the error, though its work never ends', async () => {
    vi.useFakeTimers({ toFake: CLOCK });
    const { flight, aborts } = launch(false, 20);
    const aboard = board(flight);
    await vi.advanceTimersByTimeAsync(19);
    expect(aborts).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await aboard.outcome).toContain('20 ms');
    expect(aborts.map(({ reason }) => reason)).toEqual(['timeout']);
    await expect(flight.result).rejects.toMatchObject({ reason: 'timeout' });
  });

  test('times out though it is a refresh', async () => {
    vi.useFakeTimers({ toFake: CLOCK });
    const { flight, aborts } = launch(true, 20);
    await vi.advanceTimersByTimeAsync(20);
    await expect(flight.result).rejects.toMatchObject({ reason: 'timeout' });
    expect(aborts.map(({ reason }) => reason)).toEqual(['timeout']);
  });

  test('is not aborted by one who leaves after it has ended', async () => {
    const { flight, land, aborts } = launch(false);
    const aboard = board(flight);
    land('landed');
    expect(await aboard.outcome).toBe('landed');
    aboard.leave();
    expect(aborts).toEqual([]);
    expect(flight.abandoned).toBe(false);
  });

  test('turns away who has left before boarding', async () => {
    const { flight, aborts } = launch(false);
    const gone = new Cancellation();
    gone.cancel(callError('aborted', 'I left'));
    await expect(flight.join(gone)).rejects.toMatchObject({ message: 'I left' });
    expect(aborts.map(({ reason }) => reason)).toEqual(['aborted']);
  });

  test('whose work throws before it begins fails like any other', async () => {
    const ended: unknown[] = [];
    const work = (): never => {
      throw callError('internal', 'never began');
    };
    const flight: Flight<never> = new Flight(0, 1_000, false, work, () => ended.push(flight));
    await expect(flight.join(new Cancellation())).rejects.toMatchObject({ message: 'never began' });
    // At its end whoever started it has it, so that it can be taken out of where it was put.
    expect(ended).toEqual([flight]);
  });
});
