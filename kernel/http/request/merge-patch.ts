/**
 * The target after a JSON merge patch (RFC 7396): members of the patch replace, null removes, a patch that is no object
 * replaces the target. Changes neither argument, shares what stays, and drops members named `__proto__`; the caller
 * bounds the depth.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = {};
  if (isObject(target)) {
    for (const key of Object.keys(target)) if (key !== '__proto__') result[key] = target[key];
  }
  for (const key of Object.keys(patch)) {
    if (key === '__proto__') continue;
    const value = patch[key];
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
