const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time as people write it: `500ms`, `60s`, `10m`, `6h`, `1d`. */
export type Duration = `${number}${keyof typeof UNITS}`;

const parsed = new Map<string, number>();

/** A duration in milliseconds. Throws a RangeError that names the text when it is none. */
export function toMilliseconds(duration: Duration): number {
  const cached = parsed.get(duration);
  if (cached !== undefined) return cached;
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(duration);
  if (!match) throw new RangeError(`"${duration}" is not a duration such as 500ms, 60s, 10m, 6h or 1d`);
  const milliseconds = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  if (parsed.size < 1_000) parsed.set(duration, milliseconds);
  return milliseconds;
}
