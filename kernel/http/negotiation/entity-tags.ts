/** One entity-tag of If-Match or If-None-Match; `etag` has its quotes, but no `W/`. */
export interface EntityTag {
  readonly weak: boolean;
  readonly etag: string;
}

/** Reads `*` or a list of entity-tags (RFC 9110 §8.8.3, §13.1.1), commas inside quotes included; undefined when malformed. */
export function parseEntityTags(field: string): '*' | EntityTag[] | undefined {
  if (field.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  let at = 0;
  let separated = true;
  while (at < field.length) {
    const character = field[at];
    if (character === ' ' || character === '\t') at++;
    else if (character === ',') {
      separated = true;
      at++;
    } else {
      const weak = field.startsWith('W/', at);
      const start = weak ? at + 2 : at;
      const end = endOfOpaque(field, start);
      if (!separated || end < 0) return undefined;
      tags.push({ weak, etag: field.slice(start, end) });
      separated = false;
      at = end;
    }
  }
  return tags.length > 0 ? tags : undefined;
}

/** Where the opaque-tag that starts here ends, or -1: a quote, any of %x21 %x23-7E %x80-FF, a quote. */
function endOfOpaque(field: string, start: number): number {
  if (field.charCodeAt(start) !== 0x22) return -1;
  for (let at = start + 1; at < field.length; at++) {
    const code = field.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code <= 0x20 || code === 0x7f || code > 0xff) return -1;
  }
  return -1;
}
