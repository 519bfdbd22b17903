import { callError } from '#kernel/base/call-error.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { ConfigIssue } from '#kernel/contract/config-issue.ts';
import type { Guard } from '#kernel/contract/guard.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { ProblemDetails } from '#kernel/http/problem/failure.ts';

/** The memory for unsigned bodies under one limit, all together, while they come in. */
const MAX_BYTES_AT_ONCE = 64 * 1024 * 1024;

/** One budget per limit, so that a few slow senders of large bodies do not keep out senders of small ones. */
const reservedUnder = (limit: number) => processSingleton(`raw bodies up to ${limit}`, () => ({ bytes: 0 }));

/** The same problem whatever is wrong with a signature, or with our own configuration. */
const UNSIGNED: ProblemDetails = { slug: 'bad-signature' };

/** What is wrong with the signature before the body is read. */
export function implausible(
  guard: Guard | undefined,
  headers: Readonly<Record<string, string | undefined>>,
): ProblemDetails | undefined {
  return guard?.kind === 'signed' && !guard.plausible(headers) ? UNSIGNED : undefined;
}

/** What is wrong with a request's signature; undefined if it is valid or the contract asks for none. */
export async function unsigned(
  guard: Guard | undefined,
  headers: Readonly<Record<string, string | undefined>>,
  bytes: Uint8Array | undefined,
): Promise<ProblemDetails | undefined> {
  if (guard?.kind !== 'signed') return undefined;
  return bytes !== undefined && (await guard.verify(headers, bytes)) ? undefined : UNSIGNED;
}

/**
 * Reads a body whose sender is not verified yet. Throws `overloaded` if all bodies under this limit together are too
 * large.
 */
export async function readUnproven<T>(
  source: AsyncIterable<Uint8Array>,
  limit: number,
  read: (source: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const reserved = reservedUnder(limit);
  let taken = 0;
  const counting = (): AsyncIterator<Uint8Array> => {
    const chunks = source[Symbol.asyncIterator]();
    return {
      async next() {
        const step = await chunks.next();
        if (step.done) return step;
        taken += step.value.byteLength;
        reserved.bytes += step.value.byteLength;
        if (reserved.bytes > MAX_BYTES_AT_ONCE) throw callError('overloaded', 'too many unproven bodies at once');
        return step;
      },
    };
  };
  try {
    return await read({ [Symbol.asyncIterator]: counting });
  } finally {
    reserved.bytes -= taken;
  }
}

/** A signature is over raw bytes, and neither it nor an operator guard identifies a user. */
export function guardIssues({ id, guard, body, audience, output, live }: Contract): ConfigIssue[] {
  if (guard?.kind === 'operator')
    return audience === 'public' && !output && !live
      ? []
      : [
          `${id} is guarded for operators: its audience must be public, and it declares answers instead of output, so that nothing caches them`,
        ];
  const raw = body?.kind === 'raw';
  if (guard === undefined) return raw ? [`${id} takes a raw body, but nothing proves who sent it`] : [];
  return raw && audience === 'public' ? [] : [`${id} is signed: its body must be raw and its audience public`];
}
