/** Whether the text is an RFC 9110 §5.6.2 token: what names, types and unquoted values are made of. */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** The text as a quoted string (RFC 9110 §5.6.4, RFC 9651 §3.3.3): printable ASCII only, others become `?`, cut at `limit`. */
export function quoted(text: string, limit: number): string {
  return `"${text
    .slice(0, limit)
    .replace(/[^ -~]/g, '?')
    .replace(/["\\]/g, '\\$&')}"`;
}
