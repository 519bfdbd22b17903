const PLAIN_KEY = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

/** A text as TypeScript. The linter takes a `${` outside a template for a mistake. */
export function textLiteral(text: string): string {
  return JSON.stringify(text).replaceAll('${', '$\\u007b');
}

/** Any JSON value as TypeScript. */
export function valueLiteral(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('${', '$\\u007b');
}

/** A key as it stands in an object literal. */
export function keyText(key: string): string {
  return PLAIN_KEY.test(key) ? key : textLiteral(key);
}

/** A member of an expression: `card.name`, `card["a-b"]`; `?.` where the expression may be nothing. */
export function memberText(of: string, key: string, isOptional = false): string {
  const mark = isOptional ? '?.' : '';
  return PLAIN_KEY.test(key) ? `${of}${mark || '.'}${key}` : `${of}${mark}[${textLiteral(key)}]`;
}
