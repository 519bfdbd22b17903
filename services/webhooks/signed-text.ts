/** Seconds that a signature may be old, or ahead of our clock. */
export const TOLERANCE = 300;
/** Of a signature's header. */
export const MAX_HEADER_LENGTH = 1_024;
export const MAX_SIGNATURES = 5;

/**
 * The text that was signed; undefined where the bytes are not UTF-8. The libraries read bytes leniently, so that a body
 * with a mark before it or a broken character in it would have the signature of another: here no two bodies are one text.
 */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Whether a time in seconds since 1970, in digits, is now: within five minutes. */
export function isRecent(seconds: string, now: number): boolean {
  return /^[1-9]\d{0,11}$/.test(seconds) && Math.abs(Math.floor(now / 1_000) - Number(seconds)) <= TOLERANCE;
}
