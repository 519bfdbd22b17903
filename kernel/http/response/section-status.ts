import type { SectionReason, SectionState, SectionStatus } from '#kernel/base/section.ts';
import { splitField } from '#kernel/http/negotiation/field-list.ts';
import { sectionKey, sectionPath } from './section-key.ts';

const STATES: readonly string[] = ['pending', 'stale', 'fallback', 'missing'] satisfies SectionState[];
const REASONS: readonly string[] = [
  'timeout',
  'unavailable',
  'open',
  'contract',
  'not-found',
  'shed',
  'busy',
] satisfies SectionReason[];
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
 * The sections in a Section-Status field, in a record without prototype: undefined when it is no dictionary; entries and
 * parameters that we do not know are left out, and of repeated ones the last counts (RFC 9651 §4.2.2).
 */
export function parseSectionStatus(text: string): Record<string, SectionStatus> | undefined {
  const statuses: Record<string, SectionStatus> = Object.create(null);
  for (const member of splitField(text, ',')) {
    const [head = '', ...parameters] = splitField(member, ';');
    const [key, state] = splitPair(head);
    if (!isKey(key)) return undefined;
    let reason: string | undefined;
    let since: string | undefined;
    for (const parameter of parameters) {
      const [name, value] = splitPair(parameter);
      if (!isKey(name)) return undefined;
      if (name === 'reason') reason = value;
      if (name === 'since') since = readDate(value);
    }
    const path = sectionPath(key);
    delete statuses[path];
    if (!isState(state)) continue;
    if (isReason(reason)) statuses[path] = since === undefined ? { state, reason } : { state, reason, since };
    else if (reason === undefined && state === 'pending') statuses[path] = { state };
  }
  return statuses;
}

function splitPair(text: string): [name: string, value: string | undefined] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function isKey(text: string): boolean {
  return /^[a-z*][a-z0-9_.*-]*$/.test(text);
}

function isState(text: string | undefined): text is SectionState {
  return text !== undefined && STATES.includes(text);
}

function isReason(text: string | undefined): text is SectionReason {
  return text !== undefined && REASONS.includes(text);
}

/** An RFC 9651 Date as an ISO 8601 instant. */
function readDate(text: string | undefined): string | undefined {
  const seconds = text !== undefined && /^@-?\d{1,15}$/.test(text) ? Number(text.slice(1)) : Number.NaN;
  return seconds >= FIRST && seconds <= LAST ? new Date(seconds * 1_000).toISOString() : undefined;
}
