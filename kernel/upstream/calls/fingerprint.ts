import { createHash } from 'node:crypto';
import type { z } from 'zod';

const fingerprints = new WeakMap<z.ZodType, string>();

/** A short hash of everything a schema says, its functions' text included: changed code reads no old shapes. */
export function fingerprint(schema: z.ZodType): string {
  let print = fingerprints.get(schema);
  if (print === undefined) {
    print = createHash('sha256').update(describe(schema, new Map())).digest('base64url').slice(0, 12);
    fingerprints.set(schema, print);
  }
  return print;
}

/** Text for any definition; an object that was visited before is named by its number, so that circles end. */
function describe(part: unknown, visited: Map<object, number>): string {
  if (typeof part === 'function') return part.toString();
  if (part instanceof RegExp || typeof part === 'bigint') return String(part);
  if (part === null || typeof part !== 'object') return JSON.stringify(part) ?? 'undefined';
  const number = visited.get(part);
  if (number !== undefined) return `#${number}`;
  visited.set(part, visited.size);
  if (Array.isArray(part)) return `[${part.map((item) => describe(item, visited)).join()}]`;
  if (part instanceof Set) return `set${describe([...part], visited)}`;
  if (part instanceof Map) return `map${describe([...part], visited)}`;
  const zod = (part as { _zod?: { def: object } })._zod;
  const members: object = zod ? zod.def : part;
  return `{${Object.entries(members)
    .map(([key, member]) => `${key}:${describe(member, visited)}`)
    .join()}}`;
}
