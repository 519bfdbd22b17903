import type { Override, OverrideTarget } from '#kernel/state/override.ts';
import type { OverrideEvent } from '#kernel/state/override-log.ts';
import { clock, span } from '#operations/shape/ops/words.ts';

/** What an override does, in a few words. */
export function aimWords(aim: OverrideTarget): string {
  switch (aim.kind) {
    case 'stale':
      return `${aim.upstream}: old values stand in, up to ${span(aim.beyond)} beyond their time`;
    case 'open':
      return `${aim.upstream}: its breaker is held open`;
    case 'shed':
      return `${aim.operation}: ${aim.part} is left out`;
  }
}

/** `14:30 UTC, 12 min left` */
export const untilWords = ({ until }: Override, now: number): string =>
  `${clock(until)} UTC, ${span(Math.max(0, until - now))} left`;

/** One thing that was done, as the history lists it. */
interface Done {
  readonly at: number;
  readonly what: string;
  readonly who: string;
  readonly why: string;
}

export function doneOf(event: OverrideEvent): Done {
  if (event.did === 'purged') {
    const { at, who, why, tag } = event;
    return { at, who, why, what: `Purged ${tag}` };
  }
  const { lever: override } = event;
  if (event.did === 'released') {
    return { at: event.at, who: event.who, why: override.why, what: `Removed ${aimWords(override)}` };
  }
  return {
    at: override.at,
    who: override.who,
    why: override.why,
    what: `Set ${aimWords(override)}, until ${clock(override.until)} UTC`,
  };
}
