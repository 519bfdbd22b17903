import { beforeEach, describe, expect, test } from 'vitest';
import { shownFields } from '#inspector/requests/shown-log.ts';
import { resetRegistry } from '#kernel/base/registry.ts';
import { logLinesOf, recordLogLine, startRecordingLogLines } from '#kernel/telemetry/log-lines.ts';

const write = (line: Record<string, unknown>) => recordLogLine(JSON.stringify({ level: 50, time: 1, ...line }));

beforeEach(resetRegistry);

test('nothing is kept where the inspector is off', () => {
  write({ id: 'r-1' });
  expect(logLinesOf('r-1')).toEqual([]);
});

describe('where it is on', () => {
  beforeEach(startRecordingLogLines);

  test('lines are found by their request, oldest first, and the ring is bounded', () => {
    for (let count = 0; count < 1_010; count++) write({ id: count % 2 ? 'odd' : 'even', count });
    const odd = logLinesOf('odd').map(({ fields }) => fields.count);
    expect([odd.length, odd[0], odd.at(-1)]).toEqual([500, 11, 1_009]);
    expect(logLinesOf('none')).toEqual([]);
  });

  test('a webhook’s line is no request’s, though its sender gave it an id', () => {
    write({ id: 'r-1', sender: 'stripe', msg: 'webhook' });
    write({ msg: 'nobody’s' });
    expect(logLinesOf('r-1')).toEqual([]);
  });

  test('what gives itself away is masked, in a stack line by line, and what is too long is cut', () => {
    write({
      id: 'r-1',
      msg: 'no answer for ada@example.com',
      token: 'abc',
      err: { type: 'Error', message: 'of ada@example.com', stack: 'Error: of ada@example.com\n    at run (a.ts:1:1)' },
    });
    write({ id: 'r-1', text: 'x'.repeat(9_000) });
    const [first, second] = logLinesOf('r-1');
    expect(JSON.stringify(first)).not.toMatch(/ada|abc/);
    expect(first?.fields.err).toMatchObject({ type: 'Error', stack: ['‹string›', '    at run (a.ts:1:1)'] });
    expect(JSON.stringify(second).length).toBeLessThan(300);
  });

  test('of what may be personal only the harmless is shown, and of an error its kind and where it came from', () => {
    const err = {
      type: 'Error',
      reason: 'internal',
      message: 'no o-77 here',
      stack: 'Error: no o-77 here\n    at a.ts:1',
    };
    write({ id: 'r-1', method: 'GET', path: '/api/orders/o-77', status: 500, extra: 'o-77', err });
    const [line] = logLinesOf('r-1');
    const shown = shownFields(line?.fields ?? {}, '/api/orders/{id}?q=…', true);
    expect(shown).toEqual({
      method: 'GET',
      path: '/api/orders/{id}',
      status: 500,
      extra: '‹string›',
      err: { type: 'Error', kind: undefined, reason: 'internal', stack: ['    at a.ts:1'] },
    });
  });
});
