import { join } from 'node:path';
import type { Env } from '#config/env.ts';
import { processSingleton } from '#kernel/base/registry.ts';
import type { State } from '#kernel/state/state.ts';
import { openPostgresState, type PostgresState } from '#services/state/postgres/postgres.ts';
import { openSqliteState } from '#services/state/sqlite/sqlite.ts';
import { restrictFolder } from './private-files.ts';

/** The state as this environment has it: the database that instances share, else a file of this machine. */
export function openState(env: Pick<Env, 'dataDir' | 'sharedState'>): State {
  const shared = openSharedState(env);
  if (shared !== undefined) return shared;
  restrictFolder(env.dataDir);
  return openSqliteState(join(env.dataDir, 'state.db'));
}

/** One a process, for all its bundles: its connections are counted. Undefined without STATE_URL. */
export function openSharedState({ sharedState }: Pick<Env, 'sharedState'>): PostgresState | undefined {
  return sharedState && processSingleton('shared state', () => openPostgresState(sharedState));
}
