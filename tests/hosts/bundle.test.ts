import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROBLEMS } from '#kernel/http/problem/problems.ts';
import { operations } from '#operations/index.ts';

const CHUNKS = '.next/static/chunks';
/** Of a page's chunk, uncoded: the client and the components that use it. */
const MOST_BYTES = 10_000;

/** All that a browser may be sent as script, as it was built. */
const chunks = readdirSync(CHUNKS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js'))
  .map((name) => ({ name, text: readFileSync(join(CHUNKS, name), 'utf8') }));

test('nothing of the server is in what a browser is sent: of a contract, an operation, a schema or a service', () => {
  const WORDS = [
    ...operations.map(({ contract }) => contract.summary),
    ...Object.values(PROBLEMS).map(({ meaning }) => meaning),
    ...['CATALOG_URL', 'STATE_KEYS', 'node:sqlite', '_zod', 'ZodError', 'safeParse', 'idempotency-key-missing'],
  ];
  const found = chunks.flatMap(({ name, text }) =>
    WORDS.filter((word) => text.includes(word)).map((word) => `${name}: ${word}`),
  );
  expect(found).toEqual([]);
});

test('the client is small', () => {
  const own = chunks.filter(({ text }) => text.includes('/api/events?watch='));
  expect(own.length).toBeGreaterThan(0);
  for (const { name, text } of own) expect(Buffer.byteLength(text), name).toBeLessThan(MOST_BYTES);
});
