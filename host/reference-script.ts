import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { coding } from '#kernel/http/negotiation/negotiate.ts';

/** Bundlers put a copy of it beside what they make of this module. */
const FILE = new URL('../node_modules/@scalar/api-reference/dist/browser/standalone.js', import.meta.url);
const CODINGS = ['br', 'gzip'] as const;
/** Level 5 takes a tenth of the time of level 11, and a tenth more bytes. */
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 } };

/** The script that draws the API reference: one file, which makes no requests to third parties. */
export interface ReferenceScript {
  /** Its address, which changes with it. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

let script: Promise<ReferenceScript> | undefined;
let coded: Promise<Record<'br' | 'gzip', Uint8Array>> | undefined;

export function referenceScript(): Promise<ReferenceScript> {
  script ??= readFile(FILE).then((bytes) => ({
    path: `/docs/scalar-${hash('sha256', bytes, 'base64url').slice(0, 16)}.js`,
    bytes,
  }));
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
  acceptEncoding: string | undefined,
): Promise<{ readonly body: Uint8Array; readonly headers: Readonly<Record<string, string>> }> {
  const { bytes } = await referenceScript();
  const chosen = coding(acceptEncoding, CODINGS);
  if (chosen === 'identity') return { body: bytes, headers: SCRIPT_HEADERS };
  coded ??= Promise.all([promisify(brotliCompress)(bytes, QUICK), promisify(gzip)(bytes)]).then(([br, gzip]) => ({
    br,
    gzip,
  }));
  return { body: (await coded)[chosen], headers: { ...SCRIPT_HEADERS, 'Content-Encoding': chosen } };
}
