import type { TestProject } from 'vitest/node';
import { browserMissing, serveBrowser } from '#tests/browser.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the browser listens that all files share; empty where there is none. */
    browser: string;
  }
}

/** Starting a browser costs more than most files do in it. */
export default async function oneBrowser(project: TestProject) {
  const server = browserMissing ? undefined : await serveBrowser();
  project.provide('browser', server?.wsEndpoint() ?? '');
  return () => server?.close();
}
