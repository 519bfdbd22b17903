/**
 * A section's path as an RFC 9651 §3.1.2 key: `relatedItems.prices` is `related-items.prices`. Any path has its own key:
 * `_<hex>_` stands for a character that keys lack, and a leading `*` for a start that is no small letter.
 */
export function sectionKey(path: string): string {
  const key = path.replace(/[^a-z0-9.]/g, (character) =>
    character >= 'A' && character <= 'Z' ? `-${character.toLowerCase()}` : `_${character.charCodeAt(0).toString(16)}_`,
  );
  return /^[a-z]/.test(key) ? key : `*${key}`;
}
