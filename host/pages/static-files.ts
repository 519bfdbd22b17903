import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { coding } from '#kernel/http/negotiation/negotiate.ts';
import { bodyEtag, type Coding, codedEtag, evaluateRead } from '#kernel/http/negotiation/preconditions.ts';

const SUFFIXES: Readonly<Record<Coding, string>> = { br: '.br', gzip: '.gz' };
/** What else there may be, fonts and pictures, is coded in itself: Next serves it. */
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.map': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};

interface Form {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** A file of the build, as it is and under the codings that it was made in; all of it is some two megabytes. */
interface StaticFile {
  readonly type: string;
  readonly identity: Form;
  readonly br?: Form;
  readonly gzip?: Form;
}

export type StaticFiles = ReadonlyMap<string, StaticFile>;

/** The files of a build by their targets, and those of builds before it that it has not got itself. */
export async function readStaticFiles(build: string, earlier: readonly string[] = []): Promise<StaticFiles> {
  const builds = await Promise.all([build, ...earlier].map(filesOf));
  return new Map(builds.reverse().flatMap((files) => [...files]));
}

/** What `scripts/ensure.mjs` has made of them at build lies in `coded` beside. */
async function filesOf(build: string): Promise<StaticFiles> {
  const files = new Map<string, StaticFile>();
  const names = await readdir(join(build, 'static'), { recursive: true }).catch(() => []);
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const bytes = await readFile(join(build, 'static', name));
    const identity = { bytes, etag: bodyEtag(bytes) };
    const form = async (chosen: Coding): Promise<Partial<Record<Coding, Form>>> => {
      const made = await readFile(join(build, 'coded', name + SUFFIXES[chosen])).catch(() => undefined);
      return made ? { [chosen]: { bytes: made, etag: codedEtag(identity.etag, chosen) } } : {};
    };
    const file = { type, identity, ...(await form('br')), ...(await form('gzip')) };
    files.set(`/_next/static/${name.replaceAll('\\', '/')}`, file);
  }
  return files;
}

/**
 * Sends a file of the build, coded as its reader takes it. False where there is none. It is sent whole, whatever Range asks
 * for (RFC 9110 §14.2): Next would send a part of it under an ETag of its own, and without Vary.
 */
export function sendStatic(
  files: StaticFiles,
  { method, url = '', headers }: IncomingMessage,
  response: ServerResponse,
): boolean {
  const file = files.get(url.split('?', 1)[0] ?? '');
  if (file === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
  const there = (['br', 'gzip'] as const).filter((one) => file[one] !== undefined);
  const chosen = coding(headers['accept-encoding']?.toString(), there);
  const form = file[chosen] ?? file.identity;
  const conditions = { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
  const verdict = evaluateRead(conditions, form.etag);
  const common = {
    // Its name changes with it.
    'Cache-Control': 'public, max-age=31536000, immutable',
    ETag: form.etag,
    Vary: 'Accept-Encoding',
    'X-Content-Type-Options': 'nosniff',
  };
  if (verdict !== 'proceed') {
    response.writeHead(verdict === 'not-modified' ? 304 : 412, common).end();
    return true;
  }
  response.writeHead(200, {
    ...common,
    'Content-Type': file.type,
    'Content-Length': form.bytes.length,
    ...(form !== file.identity && { 'Content-Encoding': chosen }),
  });
  response.end(method === 'HEAD' ? undefined : form.bytes);
  return true;
}
