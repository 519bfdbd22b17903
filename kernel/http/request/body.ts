import type { z } from 'zod';
import { isStrictJsonError } from '#kernel/base/json/json-scanner.ts';
import { parseStrictJson } from '#kernel/base/json/strict-json.ts';
import type { FieldError } from '#kernel/contract/problem.ts';
import { isMediaAccepted, isUtf8, parseMediaType } from '#kernel/http/negotiation/fields.ts';
import { fieldErrors } from './field-error.ts';
import { decodeForm } from './form-body.ts';
import { notPlainIn } from './plain-text.ts';

/** Bytes, where a contract does not say. */
export const BODY_LIMIT = 1_048_576;

export const FORM_TYPE = 'application/x-www-form-urlencoded';

const TYPES: Record<Exclude<BodyKind, 'raw'>, readonly string[]> = {
  json: ['application/json'],
  form: [FORM_TYPE],
  // A patch is a patch by its method: of many generated clients nothing but plain JSON can be had.
  mergePatch: ['application/json', 'application/merge-patch+json'],
};

type BodyKind = 'json' | 'form' | 'mergePatch' | 'raw';

/**
 * The contract's rules for its body: `limit` in bytes, `types` for `raw` only, `reserved` form fields beside the
 * schema's.
 */
export interface BodyRules {
  readonly kind: BodyKind;
  readonly limit: number;
  readonly schema?: z.ZodType;
  readonly types?: readonly string[];
  readonly optional?: boolean;
  readonly reserved?: readonly string[];
}

type Typed = Partial<BodyRules> & Pick<BodyRules, 'kind'>;

/** The media types that a body may have. */
export function bodyTypes({ kind, types }: Typed): readonly string[] {
  return kind === 'raw' ? (types ?? ['*/*']) : TYPES[kind];
}

/** The media types that PATCH takes, for OPTIONS and for a 415 (RFC 5789 §3.1). */
export const acceptPatch = (body: Typed | undefined): readonly string[] =>
  body?.kind === 'mergePatch' ? ['Accept-Patch', bodyTypes(body).join(', ')] : [];

interface BodyHeaders {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLength?: string | undefined;
}

/** Why a body was refused, ready for a problem; `accepted` types belong into Accept (RFC 9110 §15.5.16), 415 only. */
interface BodyProblem {
  readonly slug: 'unsupported-media-type' | 'body-too-large' | 'invalid-request' | 'invalid-body';
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly accepted?: readonly string[];
}

/** A body as read: `value` parsed (for `raw` the bytes; undefined when optional and absent), `bytes` as they came. */
export interface Body {
  readonly ok: true;
  readonly value: unknown;
  readonly bytes: Uint8Array;
}

type BodyResult = Body | { readonly ok: false; readonly problem: BodyProblem };

const DEPTH = 64;

/**
 * Reads and parses a request body by its rules: 415 by its headers before a byte is read, 413 while reading, 400 for bad
 * syntax or nothing at all, 422 by the schema. Throws only what the source throws.
 */
export async function readBody(
  rules: BodyRules,
  headers: BodyHeaders,
  source: AsyncIterable<Uint8Array>,
): Promise<BodyResult> {
  const accepted = bodyTypes(rules);
  const { contentType, contentEncoding } = headers;
  if (contentEncoding !== undefined && !/^(?:identity)?$/i.test(contentEncoding.trim())) {
    return refuse('unsupported-media-type', 'Send the body without a content coding.', { accepted });
  }
  const untyped = rules.kind === 'raw' && accepted.includes('*/*') ? 'application/octet-stream' : undefined;
  const media = parseMediaType(contentType ?? untyped ?? '');
  const charset = rules.kind === 'raw' ? undefined : media?.parameters.get('charset')?.toLowerCase();
  const fits = media !== undefined && isMediaAccepted(media.type, accepted) && isUtf8(charset);
  if (contentType !== undefined && !fits) return unsupported(accepted);
  if (Number(headers.contentLength ?? 0) > rules.limit) return tooLarge(rules.limit);
  const bytes = await readBytes(source, rules.limit);
  if (bytes === undefined) return tooLarge(rules.limit);
  if (bytes.byteLength === 0 && rules.optional) return { ok: true, value: undefined, bytes };
  if (bytes.byteLength === 0 && rules.kind !== 'raw' && rules.kind !== 'form' && media?.type !== FORM_TYPE) {
    return badSyntax('The request needs a body.', 'is required', 'required');
  }
  if (media === undefined) return unsupported(accepted);
  if (rules.kind === 'raw') return { ok: true, value: bytes, bytes };
  return parse(rules, media.type, bytes);
}

function parse(rules: BodyRules, type: string, bytes: Uint8Array): BodyResult {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return badSyntax('The body is not UTF-8.', 'is not UTF-8', 'utf-8');
  }
  let value: unknown;
  const errors: FieldError[] = [];
  if (type === FORM_TYPE) {
    const form = decodeForm(text, rules.schema, rules.reserved);
    errors.push(...form.errors);
    value = form.fields;
  } else {
    try {
      value = parseStrictJson(text, { depth: DEPTH });
    } catch (thrown) {
      if (!isStrictJsonError(thrown)) throw thrown;
      return badSyntax('The body is not acceptable JSON.', `${thrown.message}, at character ${thrown.at}`, 'json');
    }
  }
  if (type !== FORM_TYPE) errors.push(...notPlainIn(value));
  const result = rules.schema?.safeParse(value);
  if (result?.success === false) errors.push(...fieldErrors(result.error.issues, value, () => 'body'));
  if (errors.length > 0)
    return refuse('invalid-body', 'Some fields of the body are not as they should be.', { errors });
  return { ok: true, value: result === undefined ? value : result.data, bytes };
}

function refuse(slug: BodyProblem['slug'], detail: string, more: Partial<BodyProblem> = {}): BodyResult {
  return { ok: false, problem: { slug, detail, ...more } };
}

function unsupported(accepted: readonly string[]): BodyResult {
  return refuse('unsupported-media-type', `Send the body as ${accepted.join(' or ')}, in UTF-8.`, { accepted });
}

function tooLarge(limit: number): BodyResult {
  return refuse('body-too-large', `The body may have at most ${limit} bytes.`);
}

function badSyntax(detail: string, message: string, code: string): BodyResult {
  return refuse('invalid-request', detail, { errors: [{ in: 'body', path: '', message, code }] });
}

const LARGEST_BLOCK = 65_536;
const SMALLEST_BLOCK = 1_024;

/**
 * The bytes of a body, or undefined as soon as there are more than `limit`. It never closes the source, so that a host
 * can still answer 413 on the connection before it ends it; errors of the source are rethrown. Chunks are copied
 * together: each one stored would cost a hundred bytes more, and hold the buffer that it was cut from.
 */
export async function readBytes(source: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const { done, value: first } = await iterator.next();
  if (done) return new Uint8Array();
  let length = first.byteLength;
  if (length > limit) return undefined;
  let next = await iterator.next();
  if (next.done) return first;
  const blocks: Uint8Array[] = [Buffer.from(first)];
  // How much of the last block is filled.
  let filled = length;
  for (; !next.done; next = await iterator.next()) {
    const chunk = next.value;
    if (length + chunk.byteLength > limit) return undefined;
    for (let at = 0; at < chunk.byteLength; ) {
      let block = blocks.at(-1) as Uint8Array;
      if (filled === block.byteLength) {
        block = Buffer.allocUnsafe(Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, length)));
        blocks.push(block);
        filled = 0;
      }
      const part = chunk.subarray(at, at + block.byteLength - filled);
      block.set(part, filled);
      at += part.byteLength;
      filled += part.byteLength;
      length += part.byteLength;
    }
  }
  return Buffer.concat(blocks, length);
}
