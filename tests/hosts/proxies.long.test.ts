import { expect, test } from 'vitest';
import { drill } from '#tests/drills/behind-proxies.ts';
import { isSkipped, skipNote } from '#tests/support/program.ts';

const NEEDED = ['nginx', 'haproxy'] as const;

/** In full, with all proxies that are installed: `npm run drills -- behind-proxies`. */
test.skipIf(isSkipped(...NEEDED))(`${drill.proves}${skipNote(...NEEDED)}`, async () => {
  expect(await drill.run('short', () => {})).toContain('2 proxies');
});
