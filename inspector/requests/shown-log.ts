import type { LogLine } from '#kernel/telemetry/log-lines.ts';
import { masked } from '#kernel/telemetry/mask.ts';

/** Holds no personal data. */
const HARMLESS = ['method', 'status', 'duration', 'bytes', 'cache', 'cut'];

/**
 * A line as it may be shown: its path as its request's address is. If the request may be personal, every value is
 * masked that is not known to be harmless; of an error its kind and its origin stay.
 */
export function shownFields(fields: LogLine['fields'], target: string, isPersonal: boolean): LogLine['fields'] {
  const path = fields.path === undefined ? {} : { path: target.split('?', 1)[0] };
  if (!isPersonal) return { ...fields, ...path };
  const hidden = masked(fields, 'values') as Record<string, unknown>;
  const plain = Object.fromEntries(HARMLESS.filter((name) => name in fields).map((name) => [name, fields[name]]));
  return { ...hidden, ...plain, ...path, ...errorOf(fields) };
}

function errorOf({ err }: LogLine['fields']): { err?: object } {
  if (typeof err !== 'object' || err === null) return {};
  const { type, kind, reason, stack } = err as Record<string, unknown>;
  const frames = Array.isArray(stack) ? stack.filter((line) => /^\s+at /.test(String(line))) : [];
  return { err: { type, kind, reason, stack: frames } };
}
