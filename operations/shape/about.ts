/** What the API says of itself. */
export const ABOUT = {
  title: 'Tributary',
  version: '0.1.0',
  summary: 'Many upstreams, one response: a shop for its web UI and its mobile app.',
  description: [
    '**How whole an answer is** stands in `meta` and in the `Section-Status` header: an optional section that could not be had is named there, and the rest is sent all the same.',
    '**What is there already** is not sent again: `If-None-Match` with the ETag gives a 304 without a body.',
    '**What goes wrong** is `application/problem+json` (RFC 9457). Its `type` opens a page that says what to do; `code` is for programs, and codes are only ever added.',
    '**A write** takes an `Idempotency-Key`: with the same one it is done once, however often it is sent.',
    '**Promises to apps that can’t be updated**: operation ids are for ever, fields are only added, and where some words are known (`x-extensible-enum`) others may come. [All of them](/docs/apps.md), with configurations for [Swift](/docs/openapi-generator-config.yaml) and [Kotlin](/docs/build.gradle.kts).',
  ].join('\n\n'),
  license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
  origin: 'http://localhost:3000',
} as const;
