import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { methodsOf } from '#host/pages/page-methods.ts';

/** The handlers of Next outside of `/api`, with the methods that each exports. */
const handlers = globSync('app/**/route.ts')
  .filter((file) => !file.startsWith('app/api/'))
  .map((file) => {
    const exported = readFileSync(file, 'utf8').matchAll(/^export (?:async |)(?:function|const) ([A-Z]+)\b/gm);
    const pathname = file.replace(/^app(\/.*)\/route\.ts$/, '$1').replaceAll(/\[\w+\]/g, 'x');
    return [pathname, [...exported].map(([, method]) => method as string)] as const;
  });

test.each(handlers)('the methods that reach %s are those that it takes: %j', (pathname, exported) => {
  expect(exported.length).toBeGreaterThan(0);
  for (const method of ['GET', 'POST']) {
    expect(methodsOf(pathname).includes(method), method).toBe(exported.includes(method));
  }
});

test.each(['/', '/cart', '/theme', '/theme/set/x', '/inspector', '/inspector/cache', '/inspector/requests/a/b/replay'])(
  'nothing is posted to %s, which is a page or nothing',
  (pathname) => expect(methodsOf(pathname)).not.toContain('POST'),
);

test('there are no Server Actions, which would be posted to pages', () => {
  const acting = globSync('app/**/*.{ts,tsx}').filter((file) =>
    /^\s*['"]use server['"]/m.test(readFileSync(file, 'utf8')),
  );
  expect(acting).toEqual([]);
});
