import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const VARIABLE = '__NEXT_PRIVATE_STANDALONE_CONFIG';

/**
 * Gives Next the configuration that it has written beside the build, as the server of its own standalone output does:
 * finding, compiling and checking next.config.ts again takes a tenth of a start. A Next that does not know the variable
 * reads the file. With `preload` all pages are loaded before the first is asked for. Returns how to take it back, once
 * Next is prepared.
 */
export async function useBuiltConfig(build: string, { preload }: { readonly preload: boolean }): Promise<() => void> {
  const { config } = JSON.parse(await readFile(join(build, 'required-server-files.json'), 'utf8'));
  const experimental = { ...config.experimental, preloadEntriesOnStart: preload };
  process.env[VARIABLE] = JSON.stringify({ ...config, experimental });
  return () => void delete process.env[VARIABLE];
}
