import type { Operation } from '#kernel/contract/operation.ts';
import { BOOT } from './boot.ts';
import { STYLE } from './style.ts';

interface Reference {
  readonly about: { readonly title: string; readonly summary: string };
  readonly operations: readonly Operation[];
  /** The address of the script that draws it, if there is one. */
  readonly script: string | undefined;
  /** Of the page's Content-Security-Policy. */
  readonly nonce: string;
}

/** The reference as a page: a plain list of all operations, which the script replaces if scripts run. */
export function referencePage({ about, operations, script, nonce }: Reference): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API reference · ${escaped(about.title)}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<style>${STYLE}</style>
</head>
<body>
<nav class="bar" aria-label="${escaped(about.title)}">
<a class="home" href="/">${escaped(about.title)}</a>
<a href="/api/openapi.json">OpenAPI 3.1</a>
<a href="/api/openapi-3.0.json">OpenAPI 3.0</a>
<a href="/problems">Problems</a>
<a href="/docs/apps.md">Promises to apps</a>
<a href="/docs/openapi-generator-config.yaml">Swift</a>
<a href="/docs/build.gradle.kts">Kotlin</a>
</nav>
<main id="plain">
<h1>API reference</h1>
<p>${escaped(about.summary)}</p>
<p>For generators: <a href="/api/openapi.json">OpenAPI 3.1</a>, and <a href="/api/openapi-3.0.json">OpenAPI 3.0</a> for <a href="/docs/openapi-generator-config.yaml">Swift</a> and <a href="/docs/build.gradle.kts">Kotlin</a>. What they can rely on: <a href="/docs/apps.md">promises to apps</a>.</p>
${[...Map.groupBy(operations, screenOf)].map(([screen, all]) => section(screen, all)).join('\n')}
</main>
${script === undefined ? '' : `<script nonce="${escaped(nonce)}" data-script="${escaped(script)}">${BOOT}</script>`}
</body>
</html>
`;
}

const screenOf = ({ route }: Operation): string => route.template.split('/')[2]?.replace(/\W.*/, '') ?? '';

function section(screen: string, operations: readonly Operation[]): string {
  const rows = operations.map(
    ({ contract: { summary, audience, id }, route: { method, template } }) =>
      `<tr id="${escaped(id)}"><th scope="row"><code>${method}&nbsp;${escaped(template)}</code></th><td>${escaped(summary)}</td><td>${audience}</td></tr>`,
  );
  return `<section><h2>${escaped(screen)}</h2><table><thead><tr><th scope="col">Address</th><th scope="col">What it is</th><th scope="col">For whom</th></tr></thead><tbody>${rows.join('')}</tbody></table></section>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
