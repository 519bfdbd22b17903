/**
 * The one spelling of a request target, where this is another: Next sends 308 for doubled and trailing slashes before
 * any route sees them, and the host that has no Next in front does as Next does. Undefined where nothing is to change.
 */
export function canonicalTarget(target: string): string | undefined {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark);
  if (path.includes('//') || path.includes('\\')) return path.replaceAll(/[/\\]+/g, '/') + query;
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) + query : undefined;
}

/** A target in absolute form is taken for its path (RFC 9112 §3.2.2); any other stands as it came. */
export function originForm(target: string): string {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return target;
  const { pathname, search } = new URL(target);
  return pathname + search;
}
