import { PUBLIC } from '#kernel/base/scope.ts';
import { ownTag } from '#kernel/cache/tags.ts';
import type { Answer } from '#kernel/contract/answer.ts';
import { SESSION_COOKIE } from '#kernel/identity/cookies.ts';
import { GUEST_LIFE, keepGuest, type NewGuest } from '#kernel/identity/guest.ts';
import { type Principal, scopeOf } from '#kernel/identity/principal.ts';
import { hubOf } from '#kernel/realtime/hub.ts';
import type { Engine } from './engine.ts';
import { purgeEverywhere } from './purging.ts';

/** Applies effects in their order; what is returned are the cookies to set. */
export function applyEffects(engine: Engine, { effects }: Answer, principal: Principal): string[] {
  const { runtime } = engine;
  const scope = scopeOf(principal);
  const writer = scope === PUBLIC ? undefined : scope;
  const cookies: string[] = [];
  for (const effect of effects) {
    if (effect.effect === 'purge') {
      const tags = effect.own ? effect.tags.map((tag) => ownTag(scope, tag)) : effect.tags;
      purgeEverywhere(engine, tags, writer);
    } else if (effect.effect === 'publish') {
      runtime.defer(hubOf(runtime.sessions.state).publish(effect.topic, effect.event, effect.data, scope));
    } else cookies.push(runtime.cookies.write(effect.name, effect.value, effect.maxAge));
  }
  return cookies;
}

/** A guest has something to come back for: its session is kept; what is returned is the cookie that tells its browser. */
export async function letIn({ runtime }: Engine, { guest, id }: NewGuest): Promise<string> {
  await keepGuest(runtime.sessions, guest);
  return runtime.cookies.write(SESSION_COOKIE, id, GUEST_LIFE / 1_000);
}
