const MINUTE = 60_000;

/** `10:42` in UTC, or with its seconds: a page that is made on the server does not know its reader's clock. */
export const clock = (at: number): string => new Date(at).toISOString().slice(11, 16);
export const clockSeconds = (at: number): string => new Date(at).toISOString().slice(11, 19);

/** A length of time in milliseconds as people say it: `8.4 ms`, `94 ms`, `1.2 s`, `4 min`, `3 h`. */
export function span(milliseconds: number): string {
  if (milliseconds < 10) return `${Math.max(0, milliseconds).toFixed(1)} ms`;
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 10_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  if (milliseconds < MINUTE) return `${Math.round(milliseconds / 1_000)} s`;
  if (milliseconds < 120 * MINUTE) return `${Math.round(milliseconds / MINUTE)} min`;
  if (milliseconds < 48 * 60 * MINUTE) return `${Math.round(milliseconds / (60 * MINUTE))} h`;
  return `${Math.round(milliseconds / (24 * 60 * MINUTE))} days`;
}

/** `1.4 kB`: of thousands, as bytes on the wire are counted. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `97 %`; never 100 where something is missing, nor 0 where something is there. */
export function percent(part: number, total: number): string {
  if (total === 0) return '–';
  const rounded = Math.round((100 * part) / total);
  if (rounded === 100 && part < total) return '99 %';
  return rounded === 0 && part > 0 ? '1 %' : `${rounded} %`;
}

/** `once`, `twice`, `12 times`. */
export function times(count: number): string {
  if (count === 1) return 'once';
  return count === 2 ? 'twice' : `${count} times`;
}

/** `1 call`, `3 calls`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
