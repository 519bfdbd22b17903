import type { z } from 'zod';
import { callError } from '#kernel/base/call-error.ts';
import type { SectionStatus } from '#kernel/base/section.ts';
import type { Contract } from '#kernel/contract/operation.ts';
import type { Flow } from '#kernel/flow/flow.ts';
import { WITH_INPUT } from '#kernel/http/engine/fit-view.ts';
import type { Performed } from '#kernel/http/engine/perform.ts';

/** The view of an operation, and its ETag if it gave one. */
export function viewIn(
  contract: Contract,
  { flow, outcome }: Performed,
): { bytes: Uint8Array; etag?: string | undefined; sections: Flow['statuses'] } {
  if (!outcome.ok) throw outcome.thrown;
  const { result, answer, composed } = outcome;
  const sections = sorted(flow.statuses);
  if (answer === undefined)
    return { bytes: toBytes(contract.output, result, composed ? sections : undefined), sections };
  const schema = answer.status === 200 ? contract.answers?.[200] : undefined;
  if (schema === undefined) throw callError('internal', `${contract.id} answered ${answer.status} to a read`);
  return { bytes: Buffer.from(JSON.stringify(schema.parse(answer.view, WITH_INPUT))), etag: answer.etag, sections };
}

/** Sorted by name, since sections fail in any order: equal answers must have equal bytes. */
function sorted(statuses: Flow['statuses']): Flow['statuses'] {
  const paths = Object.keys(statuses);
  if (paths.length < 2) return statuses;
  return Object.fromEntries(paths.sort().map((path) => [path, statuses[path] as SectionStatus]));
}

/** The view with its `meta`. Its schema drops all members that it does not declare. */
export function toBytes(
  schema: z.ZodObject | undefined,
  view: unknown,
  sections: Readonly<Record<string, SectionStatus>> | undefined,
): Uint8Array {
  const parsed = schema?.safeParse(view, WITH_INPUT);
  if (!parsed?.success)
    throw callError('internal', 'the answer does not fit its output schema', { cause: parsed?.error });
  const meta = sections && { complete: Object.keys(sections).length === 0, sections };
  return Buffer.from(JSON.stringify({ ...parsed.data, meta }));
}
