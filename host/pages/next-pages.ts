import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Env } from '#config/env.ts';
import { logger } from '#host/process/log.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Next, behind the lean host. */
export interface NextPages {
  /** Resolves once Next and all pages are loaded, so that the first visitor of a page waits for neither. */
  prepare(): Promise<void>;
  readonly handle: Handler;
}

const VARIABLE = '__NEXT_PRIVATE_STANDALONE_CONFIG';

/**
 * The pages of a build. A process without warm-up may be one of many, and never be asked for a page: there Next is
 * loaded with the first page, and each page when it is first asked for.
 */
export function nextPages(build: string, { host, port, warmUp }: Pick<Env, 'host' | 'port' | 'warmUp'>): NextPages {
  const eager = warmUp > 0;
  let loading: Promise<Handler> | undefined;
  const load = async (): Promise<Handler> => {
    const [{ default: next }, config] = await Promise.all([import('next'), builtConfig(build, eager)]);
    process.env[VARIABLE] = config;
    try {
      const pages = next({ dev: false, hostname: host, port });
      await pages.prepare();
      return pages.getRequestHandler();
    } finally {
      delete process.env[VARIABLE];
    }
  };
  const loaded = () => {
    loading ??= load();
    return loading;
  };
  return {
    prepare: async () => void (eager && (await loaded())),
    handle: async (request, response) => {
      const handle = await loaded().catch((error: Error) => {
        loading = undefined;
        logger().error({ err: error }, 'the pages could not be loaded');
      });
      if (handle) return handle(request, response);
      response.writeHead(503, { 'Retry-After': '1' }).end('The pages could not be loaded.\n');
    },
  };
}

/**
 * The configuration that Next has written beside the build. It is given to it by a variable, as the server of its own
 * standalone output does: finding, compiling and checking next.config.ts again takes a tenth of a start. A Next that does
 * not know the variable reads the file. With `preload` all pages are loaded before the first is asked for.
 */
async function builtConfig(build: string, preload: boolean): Promise<string> {
  const { config } = JSON.parse(await readFile(join(build, 'required-server-files.json'), 'utf8'));
  const experimental = { ...config.experimental, preloadEntriesOnStart: preload };
  return JSON.stringify({ ...config, experimental });
}
