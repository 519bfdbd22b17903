import { expect, test } from 'vitest';
import { documents, lint } from './lint.ts';

test('nothing is wrong with either document, by the rules of others', () => {
  expect(lint(documents())).toBeUndefined();
});

test('what is wrong with a document is said', () => {
  const broken = documents().map((document) => {
    const copy = structuredClone(document) as { paths: Record<string, Record<string, { operationId: string }>> };
    const get = copy.paths['/api/home']?.get;
    if (get) get.operationId = 'getProduct';
    return copy;
  });
  expect(lint(broken)).toContain('operation-operationId-unique');
});
