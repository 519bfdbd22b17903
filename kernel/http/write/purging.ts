import { purgeAllStep, purgeStep } from '#kernel/cache/purge-log.ts';
import { purgeAll, purgeTags } from '#kernel/cache/tags.ts';
import type { Engine } from '#kernel/http/engine/engine.ts';
import type { Step } from '#kernel/state/state.ts';

/** Makes every value under these tags old: here at once, in other processes as they follow the log. */
export function purgeEverywhere({ deps, runtime }: Pick<Engine, 'deps' | 'runtime'>, tags: readonly string[]): void {
  purgeTags(deps.tags, tags, performance.now());
  appendToLog(runtime, purgeStep(tags));
}

/** Makes every tagged value old. Old values still stand in for upstreams that fail. */
export function purgeAllEverywhere({ deps, runtime }: Pick<Engine, 'deps' | 'runtime'>): void {
  purgeAll(deps.tags);
  appendToLog(runtime, purgeAllStep());
}

function appendToLog({ defer, sessions, report }: Engine['runtime'], step: Step): void {
  defer(sessions.state.commit([step]).catch((thrown) => report(thrown, '')));
}
