/** How a section stands that is not as it should be: still coming, served old, replaced by its fallback, or left out. */
export type SectionState = 'pending' | 'stale' | 'fallback' | 'missing';

/**
 * Why a section is in this state: too slow, failed, refused by its breaker, drifted from its schema, absent upstream,
 * left out by an operator, or lost because this process itself was busy.
 */
export type SectionReason = 'timeout' | 'unavailable' | 'open' | 'contract' | 'not-found' | 'shed' | 'busy';

/** One entry of `meta.sections` and of the Section-Status header: a reason unless `pending`; `since` is ISO 8601 in UTC. */
export interface SectionStatus {
  readonly state: SectionState;
  readonly reason?: SectionReason;
  readonly since?: string;
}
