import type { Figure } from '#tests/support/drill.ts';
import { percentile } from '#tests/support/percentile.ts';
import { type Asked, HEALTH, KEPT, type Server } from './lab.ts';

/** A figure that a faster or slower machine may change: shown by the short form, decided upon by the full one. */
export interface Seen extends Figure {
  readonly timed?: true;
}

export const isWhole = ({ outcome }: Asked) => outcome === 'whole';
/** A 200, whole or without a part. */
export const isAccepted = ({ outcome }: Asked) => outcome === 'whole' || outcome.startsWith('partial');
/** A 200 that lacks nothing but what was left out to save work: none of it is said to be an upstream's failure. */
export const isGood = (one: Asked) => isAccepted(one) && !/:(open|timeout|unavailable|contract)\b/.test(one.outcome);
export const dueFrom = (asked: readonly Asked[], from: number, until = Infinity) =>
  asked.filter(({ due }) => due >= from && due < until);
export const percent = (share: number) => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`);
/** How many milliseconds so many percent of them took at most. */
export const within = (times: readonly number[], share: number) =>
  times.length === 0 ? '–' : `${percentile(times, share).toFixed(0)} ms`;

/** What is no promise, but helps to read the others. */
export const told = (what: string, seen: string): Seen => ({ what, wanted: 'told', seen, held: true });

/** Whether all of these were whole; what the others came to stands beside it. */
export function allWhole(what: string, asked: readonly Asked[]): Seen {
  const whole = asked.filter(isWhole).length;
  const rest = tally(asked.filter((one) => !isWhole(one)));
  const seen = `${whole} of ${asked.length}${rest === '' ? '' : `; ${rest}`}`;
  return { what, wanted: 'all', seen, held: whole === asked.length && whole > 0, timed: true };
}

/** Those that were no answer, or a 5xx. */
export function noneFailed(what: string, asked: readonly Asked[]): Seen {
  const failed = asked.filter(({ outcome }) => !/^(whole|partial|4)/.test(outcome));
  const seen = `${failed.length} of ${asked.length}${failed.length > 0 ? `: ${tally(failed)}` : ''}`;
  return { what, wanted: '0', seen, held: failed.length === 0, timed: true };
}

/** The breakers that opened, of upstreams that were well. */
export function noneOpened(what: string, server: Server, { from = 0, until = Infinity, except = '' } = {}): Seen {
  const names = new Set(
    server.breakers.flatMap(({ at, open }, place) => {
      const ended = server.breakers[place + 1]?.at ?? Infinity;
      return at < until && ended > from ? open : [];
    }),
  );
  names.delete(except);
  return { what, wanted: 'none', seen: [...names].sort().join(' ') || 'none', held: names.size === 0 };
}

/** What holds of any load: whoever is refused is told when to come back, and some are refused never. */
export function neverRefused(asked: readonly Asked[], watched: readonly Asked[]): Seen[] {
  const ill = asked.filter(({ outcome }) => outcome.endsWith('ill told')).length;
  const health = watched.filter(({ target }) => target === HEALTH);
  const kept = watched.filter(({ target }) => target === KEPT);
  // A checkout whose server has no health to be asked for answers 404: it lives.
  const lives = (one: Asked) => isAccepted(one) || one.outcome.startsWith('404');
  const always = (what: string, ones: readonly Asked[], isServed: (one: Asked) => boolean): Seen[] => {
    const missed = ones.filter((one) => !isServed(one));
    const seen = `${ones.length - missed.length} of ${ones.length}${missed.length === 0 ? '' : `; ${tally(missed)}`}`;
    return ones.length === 0 ? [] : [{ what, wanted: 'always', seen, held: missed.length === 0 }];
  };
  return [
    { what: 'refused without Retry-After or problem', wanted: '0', seen: String(ill), held: ill === 0 },
    ...always('health answered', health, lives),
    ...always('kept answer served', kept, isAccepted),
  ];
}

export function cameBack(seconds: number | undefined): Seen {
  const seen = seconds === undefined ? 'never' : `yes, after ${seconds.toFixed(1)} s`;
  return { what: 'whole again at last', wanted: 'yes', seen, held: seconds !== undefined };
}

/** Outcomes with their numbers, the most frequent first. */
export function tally(asked: readonly Asked[], most = 3): string {
  const counts = new Map<string, number>();
  for (const { outcome } of asked) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${count} × ${outcome}`);
  return [...sorted.slice(0, most), ...(sorted.length > most ? ['…'] : [])].join(', ');
}
