/** Joins parts so that no two different lists give the same text: every part carries its length. */
export function lengthPrefixed(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}

/** The parts that a text was joined of; undefined where it is of no such making. */
export function readLengthPrefixed(text: string): string[] | undefined {
  const parts: string[] = [];
  let at = 0;
  while (at < text.length) {
    const colon = text.indexOf(':', at);
    const length = text.slice(at, colon);
    if (colon < 0 || !/^(?:0|[1-9]\d{0,8})$/.test(length)) return undefined;
    at = colon + 1 + Number(length);
    if (at > text.length) return undefined;
    parts.push(text.slice(colon + 1, at));
  }
  return parts;
}

/** JSON with sorted object keys and without undefined members: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** Freezes a JSON value all the way down, so that no reshape can change a cached value. */
export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const key in value) deepFreeze(value[key]);
  }
  return value;
}

/** Whether a plain value has something at a path: of a parsed answer, what its schema did not drop. */
export function hasPath(value: unknown, path: readonly PropertyKey[]): boolean {
  let part = value;
  for (const step of path) {
    if (part === null || typeof part !== 'object' || !Object.hasOwn(part, step)) return false;
    part = (part as Record<PropertyKey, unknown>)[step];
  }
  return true;
}
