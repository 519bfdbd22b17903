import { expect, test } from 'vitest';
import { settled } from '#app/opened.ts';

test('a page in one piece shows the view that came last, whichever part that was', async () => {
  const slow = Promise.withResolvers<unknown>();
  const quick = Promise.withResolvers<unknown>();
  const opened = { first: 'nothing yet', late: { slow: slow.promise, quick: quick.promise } };
  const whole = settled(opened as never);
  quick.resolve('without the slow one');
  await quick.promise;
  slow.resolve('everything');
  expect(await whole).toEqual({ first: 'everything', late: {} });
  expect(await settled({ first: 'all at once', late: {} } as never)).toEqual({ first: 'all at once', late: {} });
});
