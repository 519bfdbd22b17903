import { readFile } from 'node:fs/promises';

/** What /docs offers besides the reference, by name. Bundlers put copies beside what they make of this module. */
const FILES: ReadonlyMap<string, URL> = new Map([
  ['apps.md', new URL('../../docs/apps.md', import.meta.url)],
  ['openapi-generator-config.yaml', new URL('../../docs/apps/openapi-generator-config.yaml', import.meta.url)],
  ['build.gradle.kts', new URL('../../docs/apps/build.gradle.kts', import.meta.url)],
]);

/** Promises to apps, and configurations of generators, as text; undefined where there is no such file. */
export async function referenceFile(name: string): Promise<string | undefined> {
  const file = FILES.get(name);
  return file && readFile(file, 'utf8');
}
