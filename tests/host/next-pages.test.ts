import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { nextPages } from '#host/pages/next-pages.ts';
import { logger } from '#host/process/log.ts';
import { resetRegistry } from '#kernel/base/registry.ts';

/** A build that is not there. */
const pages = (warmUp: number) => nextPages('/nowhere', { host: '127.0.0.1', port: 3000, warmUp });

test('without a warm-up nothing is loaded before a page is asked for; if it fails then, the answer says to come back', async () => {
  resetRegistry();
  logger('silent');
  const { prepare, handle } = pages(0);
  await prepare();
  const sent: unknown[] = [];
  const response = {
    writeHead: (...head: unknown[]) => {
      sent.push(...head);
      return response;
    },
    end: (text: string) => sent.push(text),
  };
  for (let times = 0; times < 2; times++) await handle({} as IncomingMessage, response as unknown as ServerResponse);
  const once = [503, { 'Retry-After': '1' }, 'The pages could not be loaded.\n'];
  expect(sent).toEqual([...once, ...once]);
});

test('with one, a host whose pages can’t be loaded does not start', async () => {
  await expect(pages(5).prepare()).rejects.toThrow('ENOENT');
});
