import { defineConfig } from 'orval';

export default defineConfig({
  fetch: {
    input: './openapi.json',
    output: {
      target: './made/orval-fetch/api.ts',
      client: 'fetch',
      override: { mutator: { path: './orval-request.ts', name: 'request', extension: '.ts' } },
    },
  },
  axios: { input: './openapi.json', output: { target: './made/orval-axios/api.ts', client: 'axios' } },
});
