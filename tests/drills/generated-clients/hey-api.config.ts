import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
  input: './openapi.json',
  output: { path: './made/hey-api', module: { extension: '.ts' } },
  // Its check of requests does not find the header fields that an operation requires.
  plugins: ['@hey-api/client-fetch', 'zod', { name: '@hey-api/sdk', validator: { request: false, response: 'zod' } }],
});
