import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { fault } from '#kernel/base/fault.ts';
import { parseStrictJson } from '#kernel/base/strict-json.ts';
import type { WireResponse } from './transport.ts';

const DECODERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const;

const LIMITS = { depth: 64 };
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** An answer's JSON, and how many bytes of it there were once decoded. */
export interface Decoded {
  readonly json: unknown;
  readonly size: number;
}

/**
 * Reads JSON out of an answer, or throws a `contract` fault: wrong type, more bytes than allowed once decoded, bytes
 * that are no UTF-8, numbers that would lose digits, doubled keys, nesting without end. Waits only where a content
 * coding has to be undone.
 */
export function decode(response: WireResponse, maxBytes: number): Decoded | Promise<Decoded> {
  const type = response.field('content-type');
  if (type === undefined || !JSON_TYPE.test(type)) throw fault('contract', `content type ${type} where JSON was due`);
  const coding = response.field('content-encoding')?.trim().toLowerCase();
  if (coding === undefined || coding === 'identity') return parse(response.bytes);
  return unpack(response, coding, maxBytes).then(parse);
}

function parse(bytes: Buffer): Decoded {
  if (!isUtf8(bytes)) throw fault('contract', 'answer is not UTF-8');
  const text = bytes.toString('utf8');
  try {
    return { json: parseStrictJson(text.startsWith('\uFEFF') ? text.slice(1) : text, LIMITS), size: bytes.length };
  } catch (cause) {
    throw fault('contract', `answer is not strict JSON: ${(cause as Error).message}`, { cause });
  }
}

/** One coding only, and never more than `maxBytes` of what comes out of it. */
async function unpack(response: WireResponse, coding: string, maxBytes: number): Promise<Buffer> {
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding as keyof typeof DECODERS] : undefined;
  if (decoder === undefined) throw fault('contract', `content coding "${coding}" is not one that we asked for`);
  try {
    return await decoder(response.bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw fault('contract', `content coding ${coding} could not be undone within ${maxBytes} bytes`, { cause });
  }
}
