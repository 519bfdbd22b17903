import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { type CallError, callError } from '#kernel/base/call-error.ts';
import { type JsonFlaw, TOO_SHORT } from '#kernel/base/json/json-scanner.ts';
import { parseStrictJson } from '#kernel/base/json/strict-json.ts';
import type { Condition } from '#kernel/cache/entry.ts';
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

/** One of the errors that a GraphQL answer may carry beside its data: where, and what it means to us. */
export interface GraphqlFailure {
  readonly path: readonly PropertyKey[];
  readonly failure: CallError;
}

/** An answer's JSON, and how many bytes of it there were once decoded. */
export interface Decoded {
  readonly json: unknown;
  readonly size: number;
  /** What parsing has lost: it matters only if a schema uses it. */
  readonly flaws: readonly JsonFlaw[];
  /** The condition under which its upstream is asked for a newer version. */
  readonly condition?: Condition | undefined;
  /** The failure that its status means, if it is no 2xx and the body may say more. */
  readonly refusal?: CallError;
  /** The errors beside a GraphQL answer's data. */
  readonly failures?: readonly GraphqlFailure[];
  /** Set if the upstream says that the cached value is still current (304). */
  readonly unchanged?: true;
}

/**
 * Reads JSON out of an answer, or throws a `contract` error: wrong type, more bytes than allowed once decoded, bytes
 * that are not UTF-8, nesting without end. Numbers that lost digits and repeated keys are listed. Waits only if a
 * content coding has to be undone.
 */
export function decode(response: WireResponse, maxBytes: number, condition?: Condition): Decoded | Promise<Decoded> {
  if (!isJsonResponse(response))
    throw callError('contract', `content type ${response.field('content-type')} where JSON was due`);
  const coding = response.field('content-encoding')?.trim().toLowerCase();
  const cut = mayBeCut(response);
  if (coding === undefined || coding === '' || coding === 'identity') return parse(response.bytes, cut, condition);
  return unpack(response, coding, maxBytes, cut).then((bytes) => parse(bytes, cut, condition));
}

/** Whether an answer says that it is JSON. */
export const isJsonResponse = (response: WireResponse): boolean => JSON_TYPE.test(response.field('content-type') ?? '');

/** Whether its end was marked by closing the connection alone: then it can't be told from a cut (RFC 9112 §6.3). */
const mayBeCut = (response: WireResponse): boolean =>
  response.field('content-length') === undefined && response.field('transfer-encoding') === undefined;

function parse(bytes: Buffer, mayBeCut: boolean, condition: Condition | undefined): Decoded {
  if (!isUtf8(bytes)) {
    // The last character of a cut may be half of one.
    if (mayBeCut && (bytes.at(-1) ?? 0) >= 0x80) throw callError('unavailable', 'answer was cut off');
    throw callError('contract', 'answer is not UTF-8');
  }
  const text = bytes.toString('utf8');
  try {
    const flaws: JsonFlaw[] = [];
    const json = parseStrictJson(text.startsWith('\uFEFF') ? text.slice(1) : text, LIMITS, flaws);
    return { json, size: bytes.length, flaws, condition };
  } catch (cause) {
    const { message } = cause as Error;
    if (mayBeCut && message === TOO_SHORT) throw callError('unavailable', 'answer was cut off', { cause });
    throw callError('contract', `answer is not strict JSON: ${message}`, { cause });
  }
}

/** One coding only, and never more than `maxBytes` of what comes out of it. */
async function unpack(response: WireResponse, coding: string, maxBytes: number, mayBeCut: boolean): Promise<Buffer> {
  const decoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding as keyof typeof DECODERS] : undefined;
  if (decoder === undefined) throw callError('contract', `content coding "${coding}" is not one that we asked for`);
  try {
    return await decoder(response.bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (mayBeCut && code === 'Z_BUF_ERROR') throw callError('unavailable', 'answer was cut off', { cause });
    throw callError('contract', `content coding ${coding} could not be undone within ${maxBytes} bytes`, { cause });
  }
}
