import { z } from 'zod';
import { type Operation, operation } from '#kernel/contract/operation.ts';
import recording from '#operations/recorded/recording.json' with { type: 'json' };
import { ABOUT } from '#operations/shape/about.ts';
import { openApi } from '#reference/document.ts';
import { downgrade } from '#reference/downgrade.ts';

const common = {
  audience: 'public',
  input: z.object({}),
  example: {},
  output: z.looseObject({ openapi: z.string() }),
  deadline: 2_000,
} as const;

export const getOpenApi = operation(
  {
    ...common,
    id: 'getOpenApi',
    route: 'GET /api/openapi.json',
    summary: 'This API as OpenAPI 3.1, for generators and people',
  },
  async (_, { offered }) => documentOf(offered).newer,
);

export const getOpenApi30 = operation(
  {
    ...common,
    id: 'getOpenApi30',
    route: 'GET /api/openapi-3.0.json',
    summary: 'The same as OpenAPI 3.0, for generators that know no other',
  },
  async (_, { offered }) => documentOf(offered).older,
);

interface Documents {
  readonly newer: { openapi: string };
  readonly older: { openapi: string };
}

/** What depends on nothing but the contracts is made once for them. */
const made = new WeakMap<readonly Operation[], Documents>();

function documentOf(offered: readonly Operation[]): Documents {
  const existing = made.get(offered);
  if (existing) return existing;
  const document = openApi(offered, ABOUT, recording);
  const documents = { newer: document, older: downgrade(document) } as unknown as Documents;
  made.set(offered, documents);
  return documents;
}
