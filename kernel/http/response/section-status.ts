import type { SectionStatus } from '#kernel/base/section.ts';

/** The years 0001 to 9999, in seconds (RFC 9651 §3.3.7). */
const FIRST = -62_135_596_800;
const LAST = 253_402_300_799;

/**
 * The Section-Status field, an RFC 9651 dictionary by section path:
 * `related.prices=stale;reason=timeout;since=@1659578233`. `since` is in seconds, and left out if invalid; no sections
 * give the empty string: send no field.
 */
export function formatSectionStatus(statuses: Readonly<Record<string, SectionStatus>>): string {
  let text = '';
  for (const path of Object.keys(statuses)) {
    const status = statuses[path] as SectionStatus;
    if (text !== '') text += ', ';
    text += `${sectionKey(path)}=${status.state}`;
    if (status.reason !== undefined) text += `;reason=${status.reason}`;
    const seconds = status.since === undefined ? Number.NaN : Math.floor(Date.parse(status.since) / 1_000);
    if (seconds >= FIRST && seconds <= LAST) text += `;since=@${seconds}`;
  }
  return text;
}

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
