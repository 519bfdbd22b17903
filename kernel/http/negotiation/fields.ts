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

/** Splits a field value at `,` or `;` outside quoted strings (RFC 9110 §5.6.1, §5.6.4); elements trimmed, empty ones dropped. */
export function splitField(text: string, separator: ',' | ';'): string[] {
  const elements: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      push(elements, text.slice(start, at));
      start = at + 1;
    }
  }
  push(elements, text.slice(start));
  return elements;
}

function push(elements: string[], element: string): void {
  const trimmed = element.trim();
  if (trimmed !== '') elements.push(trimmed);
}
