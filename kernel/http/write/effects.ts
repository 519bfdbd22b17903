import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { purgeAllStep, purgeStep } from '#kernel/cache/purge-log.ts';
import { awaitLogging } from '#kernel/cache/purge-positions.ts';
import { privateTag, purgeAll, purgeTags } from '#kernel/cache/tags.ts';
import { retryPurges, type UnloggedPurge } from '#kernel/cache/unlogged-purges.ts';
import type { Effect } from '#kernel/contract/answer.ts';
import type { Flow } from '#kernel/flow/flow.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { GUEST_LIFE, type NewGuest, storeGuest } from '#kernel/identity/guest.ts';
import { scopeOf } from '#kernel/identity/principal.ts';
import { eventEntry } from '#kernel/realtime/event-entry.ts';
import { hubOf } from '#kernel/realtime/hub.ts';
import type { Step } from '#kernel/state/state.ts';

/** Stores steps in one commit, or none of them. */
export type Commit = (steps: readonly Step[]) => Promise<unknown>;

/**
 * Applies the purges of all writes that were sent, even if the rest failed, and the effects of an answer: here at once.
 * Resolves with the cookies to set, once other processes can know of the rest as well: all of it is in one commit, since
 * none may hear of a change before the purge. Never rejects: of what was not stored the purges are retried, and
 * nothing is published.
 */
export async function applyEffects(
  { deps, runtime }: Engine,
  flow: Flow,
  {
    effects = [],
    commit,
  }: { readonly effects?: readonly Effect[] | undefined; readonly commit?: Commit | undefined } = {},
): Promise<string[]> {
  const { state } = runtime.sessions;
  const scope = scopeOf(flow.principal);
  const cookies: string[] = [];
  const purges: PurgeOfTags[] = [];
  const steps: Step[] = [];
  for (const effect of [...purgesOf(flow), ...effects]) {
    if (effect.effect === 'cookie') cookies.push(runtime.cookies.write(effect.name, effect.value, effect.maxAge));
    else if (effect.effect === 'publish') steps.push(...publishSteps(runtime, flow, effect));
    else {
      const purge = { tags: tagsOf(effect, scope), writer: writerOf(scope) };
      purgeTags(deps.tags, purge.tags, performance.now(), purge.writer);
      purges.push(purge);
      steps.push(purgeStep(purge.tags, purge.writer));
    }
  }
  if (steps.length === 0 && commit === undefined) return cookies;
  const committing = commit === undefined ? state.commit(steps) : commit(steps);
  for (const { tags } of purges) awaitLogging(deps.tags.positions, tags, committing);
  try {
    await committing;
    await hubOf(state).deliver();
  } catch (thrown) {
    runtime.report(thrown, flow.requestId);
    retryPurges(runtime, purges);
  }
  return cookies;
}

interface PurgeOfTags extends UnloggedPurge {
  readonly tags: readonly string[];
}

const purgesOf = ({ written }: Flow): Effect[] =>
  [...written].flatMap(({ purges = [] }) => purges.map((purge): Effect => ({ effect: 'purge', ...purge })));

/** What is no valid event is only reported: the write was done all the same. */
function publishSteps(
  { report }: Engine['runtime'],
  { principal, requestId }: Flow,
  { topic, event, data }: Extract<Effect, { effect: 'publish' }>,
): Step[] {
  try {
    return [{ do: 'append', ...eventEntry(topic, event, data, scopeOf(principal)) }];
  } catch (thrown) {
    report(thrown, requestId);
    return [];
  }
}

/** Whose write it was; visitors without a name can't be told apart. */
const writerOf = (scope: Scope) => (scope === PUBLIC ? undefined : scope);

const tagsOf = ({ tags, isPrivate }: Extract<Effect, { effect: 'purge' }>, scope: Scope) =>
  isPrivate ? tags.map((tag) => privateTag(scope, tag)) : tags;

/** A guest has something to come back for: its session is stored; returns the cookie for its browser. */
export async function startGuestSession({ runtime }: Engine, { guest, id }: NewGuest, caller: string): Promise<string> {
  await storeGuest(runtime.sessions, guest, caller);
  return runtime.cookies.write(SESSION_COOKIE, id, GUEST_LIFE / 1_000);
}

/** Makes every value under these tags old: here at once, in other processes as they follow the log. */
export function purgeEverywhere({ deps, runtime }: Pick<Engine, 'deps' | 'runtime'>, tags: readonly string[]): void {
  purgeTags(deps.tags, tags, performance.now());
  const step = purgeStep(tags, undefined, { by: 'inspector' });
  awaitLogging(deps.tags.positions, tags, appendToLog(runtime, step, { tags }));
}

/** Makes every tagged value old. Old values still stand in for upstreams that fail. */
export function purgeAllEverywhere({ deps, runtime }: Pick<Engine, 'deps' | 'runtime'>): void {
  purgeAll(deps.tags, performance.now());
  awaitLogging(deps.tags.positions, undefined, appendToLog(runtime, purgeAllStep(), { tags: undefined }));
}

/** Settles with the commit; a failure is reported here too, and then the purge is retried. */
function appendToLog(runtime: Engine['runtime'], step: Step, purge: UnloggedPurge): Promise<unknown> {
  const committing = runtime.sessions.state.commit([step]);
  const failed = (thrown: unknown) => {
    runtime.report(thrown, '');
    retryPurges(runtime, [purge]);
  };
  runtime.defer(committing.catch(failed));
  return committing;
}
