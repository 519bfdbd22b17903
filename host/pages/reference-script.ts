import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { coding } from '#kernel/http/negotiation/negotiate.ts';

/** A development dependency, which builds may lack; platforms that trace files are told of it in `next.config.ts`. */
const FILE = join('node_modules', '@scalar', 'api-reference', 'dist', 'browser', 'standalone.js');
const CODINGS = ['br', 'gzip'] as const;
/** Level 5 takes a tenth of the time of level 11, and a tenth more bytes. */
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 } };

/** The script that draws the API reference: one file, which makes no requests to third parties. */
interface ReferenceScript {
  /** Its address, which changes with it. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

let script: Promise<ReferenceScript | undefined> | undefined;
let coded: Promise<Record<'br' | 'gzip', Uint8Array>> | undefined;

/** Resolves with undefined where its package is not installed: the reference is then a plain list. */
export function referenceScript(): Promise<ReferenceScript | undefined> {
  script ??= readFile(join(/* turbopackIgnore: true */ process.cwd(), FILE)).then(
    (bytes) => ({ path: `/docs/scalar-${hash('sha256', bytes, 'base64url').slice(0, 16)}.js`, bytes }),
    () => undefined,
  );
  return script;
}

/** Its headers: a browser that has it never asks again. */
export const SCRIPT_HEADERS = {
  'Content-Type': 'text/javascript; charset=utf-8',
  'Cache-Control': 'public, max-age=31536000, immutable',
  'X-Content-Type-Options': 'nosniff',
  Vary: 'Accept-Encoding',
} as const;

/** The script under a coding that its reader takes; coded once, off the main thread. */
export async function codedScript(
  { bytes }: ReferenceScript,
  acceptEncoding: string | undefined,
): Promise<{ readonly body: Uint8Array; readonly headers: Readonly<Record<string, string>> }> {
  const chosen = coding(acceptEncoding, CODINGS);
  if (chosen === 'identity') return { body: bytes, headers: SCRIPT_HEADERS };
  coded ??= Promise.all([promisify(brotliCompress)(bytes, QUICK), promisify(gzip)(bytes)]).then(([br, gzip]) => ({
    br,
    gzip,
  }));
  return { body: (await coded)[chosen], headers: { ...SCRIPT_HEADERS, 'Content-Encoding': chosen } };
}
