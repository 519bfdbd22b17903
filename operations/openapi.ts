import { z } from 'zod';
import { openApi } from '#kernel/contract/openapi.ts';
import { operation } from '#kernel/contract/operation.ts';
import { ABOUT } from './shape/about.ts';

export const getOpenApi = operation(
  {
    id: 'getOpenApi',
    route: 'GET /api/openapi.json',
    summary: 'This API as OpenAPI 3.1, for generators and people',
    audience: 'public',
    input: z.object({}),
    example: {},
    output: z.looseObject({ openapi: z.string() }),
    deadline: 2_000,
  },
  async (_, { offered }) => openApi(offered, ABOUT) as { openapi: string },
);
