import type { Scope } from '#kernel/base/scope.ts';
import type { CallCache } from '#kernel/cache/entry.ts';
import type { PurgePositions } from '#kernel/cache/purge-positions.ts';
import type { TagTable } from '#kernel/cache/tags.ts';
import type { Understanding } from '#kernel/cache/tier-record.ts';
import type { Seal } from '#kernel/state/seal.ts';
import type { GuardedTier } from '#kernel/upstream/resilience/guarded-tier.ts';

/** Where one flight's call stands in the shared tier, and what is needed to read and write there. */
export interface TierEntryRef {
  readonly guard: GuardedTier;
  readonly key: string;
  /** Who may see the value. It is sealed unless it is public. */
  readonly scope: Scope;
  readonly seal: Seal;
  readonly understanding: Understanding;
  /** Milliseconds that a value may be there at most. */
  readonly life: number;
  readonly table: TagTable;
  readonly positions: PurgePositions;
  /** How far the log was known before anything was fetched. */
  readonly position: number;
  /** The cache of this process, and the call's key in it. */
  readonly calls: CallCache;
  readonly callKey: string;
}

/** What a sealed value is bound to: the call, with the scope that it may be shown to. */
export const sealContext = ({ callKey }: TierEntryRef): string => `tier ${callKey}`;
