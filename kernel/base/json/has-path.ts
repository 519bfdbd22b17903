/** Whether a plain value has something at a path: of a parsed answer, what its schema did not drop. */
export function hasPath(value: unknown, path: readonly PropertyKey[]): boolean {
  let part = value;
  for (const step of path) {
    if (part === null || typeof part !== 'object' || !Object.hasOwn(part, step)) return false;
    part = (part as Record<PropertyKey, unknown>)[step];
  }
  return true;
}
