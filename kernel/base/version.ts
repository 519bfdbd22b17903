/** A version by SemVer 2.0.0, of which minor and patch may be left out: `2.4` is `2.4.0`. */
export interface Version {
  readonly text: string;
  readonly numbers: readonly [number, number, number];
  /** The identifiers of a pre-release, none where it is a release. */
  readonly before: readonly string[];
}

const VERSION =
  /^(0|[1-9]\d{0,8})(?:\.(0|[1-9]\d{0,8}))?(?:\.(0|[1-9]\d{0,8}))?(?:-([\w.-]{1,64}))?(?:\+[\w.-]{1,64})?$/;
const IDENTIFIER = /^(?:0|[1-9]\d{0,8}|\d*[a-zA-Z-][\da-zA-Z-]*)$/;

/** Reads a version; undefined where the text is none. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const [, major, minor = 0, patch = 0, pre] = match;
  const before = pre?.split('.') ?? [];
  if (!before.every((identifier) => IDENTIFIER.test(identifier))) return undefined;
  return { text, numbers: [Number(major), Number(minor), Number(patch)], before };
}

/** Below zero where the first comes before the second: a pre-release before its release (SemVer §11). */
export function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.before.length === 0 || b.before.length === 0) return b.before.length - a.before.length;
  for (const [index, identifier] of a.before.entries()) {
    const other = b.before[index];
    if (other === undefined) return 1;
    const difference = compareIdentifiers(identifier, other);
    if (difference !== 0) return difference;
  }
  return a.before.length - b.before.length;
}

/** Numbers by their size and before words, words by their characters. */
function compareIdentifiers(a: string, b: string): number {
  const [one, other] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (one && other) return Number(a) - Number(b);
  if (one !== other) return one ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}
