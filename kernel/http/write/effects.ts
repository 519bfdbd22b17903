import { setTimeout as sleep } from 'node:timers/promises';
import { PUBLIC, type Scope } from '#kernel/base/scope.ts';
import { purgeAllStep, purgeStep } from '#kernel/cache/purge-log.ts';
import { awaitLogging } from '#kernel/cache/purge-positions.ts';
import { privateTag, purgeAll, purgeTags } from '#kernel/cache/tags.ts';
import type { Effect } from '#kernel/contract/answer.ts';
import type { Flow } from '#kernel/flow/flow.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import { SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { GUEST_LIFE, type NewGuest, storeGuest } from '#kernel/identity/guest.ts';
import { type Principal, scopeOf } from '#kernel/identity/principal.ts';
import { eventEntry } from '#kernel/realtime/event-entry.ts';
import { hubOf } from '#kernel/realtime/hub.ts';
import type { Step } from '#kernel/state/state.ts';

/** The purges of all writes that were sent, even if the rest failed. */
export const purgesOf = ({ written }: Flow): Effect[] =>
  [...written].flatMap(({ purges = [] }) => purges.map((purge): Effect => ({ effect: 'purge', ...purge })));

/**
 * Applies effects in their order: here at once, and it resolves, with the cookies to set, once other processes can know
 * of them as well. Never rejects: a purge that the log has not taken is tried again behind it.
 */
export async function applyEffects(
  engine: Engine,
  effects: readonly Effect[],
  principal: Principal,
): Promise<string[]> {
  const { deps, runtime } = engine;
  const scope = scopeOf(principal);
  const cookies: string[] = [];
  for (const effect of effects) {
    if (effect.effect === 'purge') purgeTags(deps.tags, tagsOf(effect, scope), performance.now(), writerOf(scope));
    else if (effect.effect === 'cookie') cookies.push(runtime.cookies.write(effect.name, effect.value, effect.maxAge));
  }
  if (cookies.length < effects.length) {
    const committing = commitEffects(engine, effects, scope);
    for (const effect of effects)
      if (effect.effect === 'purge') awaitLogging(deps.tags.positions, tagsOf(effect, scope), committing);
    await committing.catch((thrown) => {
      runtime.report(thrown, '');
      const purges = effects.filter(({ effect }) => effect === 'purge');
      // Nothing waits for it, nor for its end: a store may be away for long.
      if (purges.length > 0) void logAgain(engine, purges, scope);
    });
  }
  return cookies;
}

/** Milliseconds before a purge is offered to the log again, doubled with each time: six times, within a minute. */
const AGAIN_AFTER = 1_000;
const MAX_TRIES = 6;

/** What is only told of it is not told again: some of the commit that failed may have happened. */
async function logAgain(engine: Engine, purges: readonly Effect[], scope: Scope): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    await sleep(AGAIN_AFTER * 2 ** tries, undefined, { ref: false });
    const isLogged = await commitEffects(engine, purges, scope).then(
      () => true,
      () => false,
    );
    if (isLogged) return;
  }
}

/** Informs every process, in one commit: none may hear of a change before the purge. */
async function commitEffects({ runtime }: Engine, effects: readonly Effect[], scope: Scope): Promise<void> {
  const steps = effects.flatMap((effect): Step[] => {
    if (effect.effect === 'purge') return [purgeStep(tagsOf(effect, scope), writerOf(scope))];
    if (effect.effect !== 'publish') return [];
    return [{ do: 'append', ...eventEntry(effect.topic, effect.event, effect.data, scope) }];
  });
  await hubOf(runtime.sessions.state).commit(steps);
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
  awaitLogging(deps.tags.positions, tags, appendToLog(runtime, purgeStep(tags, undefined, { by: 'inspector' })));
}

/** Makes every tagged value old. Old values still stand in for upstreams that fail. */
export function purgeAllEverywhere({ deps, runtime }: Pick<Engine, 'deps' | 'runtime'>): void {
  purgeAll(deps.tags, performance.now());
  awaitLogging(deps.tags.positions, undefined, appendToLog(runtime, purgeAllStep()));
}

/** Settles with the commit; a failure is reported here too. */
function appendToLog({ defer, sessions, report }: Engine['runtime'], step: Step): Promise<unknown> {
  const committing = sessions.state.commit([step]);
  defer(committing.catch((thrown) => report(thrown, '')));
  return committing;
}
