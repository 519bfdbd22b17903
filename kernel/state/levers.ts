import { slot } from '#kernel/base/registry.ts';
import { aimOf, type Lever, MAX_LEVER_MS } from './lever.ts';

type Kind<K extends Lever['kind']> = Extract<Lever, { readonly kind: K }>;

/** The levers of ordinary traffic that this process knows. Plain data. */
export interface Levers {
  /** Undefined where none is pulled: all that a request looks at then. */
  pulled: Pulled | undefined;
}

/** What is pulled, as it is asked for. Each lever tells by itself when it ends. */
interface Pulled {
  readonly all: readonly Lever[];
  readonly stale: ReadonlyMap<string, Kind<'stale'>>;
  readonly open: ReadonlyMap<string, Kind<'open'>>;
  readonly shed: ReadonlyMap<string, readonly Kind<'shed'>[]>;
}

/** One table a process: what the log of levers says, once it is followed. */
export const levers = (): Levers => slot('levers', createLevers);

export const createLevers = (): Levers => ({ pulled: undefined });

/** Takes a lever in, in place of an earlier one of the same aim. It ends when it says, and within a day whatever it says. */
export function pull(levers: Levers, lever: Lever, now: number): void {
  const until = Math.min(lever.until, lever.at + MAX_LEVER_MS);
  const others = (levers.pulled?.all ?? []).filter((other) => aimOf(other) !== aimOf(lever));
  keep(levers, [...others, { ...lever, until }], now);
}

export function release(levers: Levers, id: string, now: number): void {
  keep(
    levers,
    (levers.pulled?.all ?? []).filter((lever) => lever.id !== id),
    now,
  );
}

/** Forgets what has ended, so that a request has nothing to look at again. */
export function prune(levers: Levers, now: number): void {
  if (levers.pulled?.all.some(({ until }) => until <= now)) keep(levers, levers.pulled.all, now);
}

function keep(levers: Levers, wanted: readonly Lever[], now: number): void {
  const all = wanted.filter(({ until }) => now < until);
  const of = <K extends Lever['kind']>(kind: K) => all.filter((lever): lever is Kind<K> => lever.kind === kind);
  levers.pulled =
    all.length === 0
      ? undefined
      : {
          all,
          stale: new Map(of('stale').map((lever) => [lever.upstream, lever])),
          open: new Map(of('open').map((lever) => [lever.upstream, lever])),
          shed: Map.groupBy(of('shed'), ({ operation }) => operation),
        };
}

/** All levers that hold at this moment. */
export const pulledNow = ({ pulled }: Levers, now: number): Lever[] =>
  pulled === undefined ? [] : pulled.all.filter(({ until }) => now < until);

/** How long beyond their freshness an upstream's values may stand in for it, where a lever says so; else 0. Milliseconds. */
export function beyondFresh({ pulled }: Levers, upstream: string): number {
  const lever = pulled?.stale.get(upstream);
  return lever !== undefined && Date.now() < lever.until ? lever.beyond : 0;
}

/** How long a lever keeps calls to an upstream back; undefined where none does. Milliseconds. */
export function heldFor({ pulled }: Levers, upstream: string): number | undefined {
  const lever = pulled?.open.get(upstream);
  const left = lever === undefined ? 0 : lever.until - Date.now();
  return left > 0 ? left : undefined;
}

/** The parts that an operation is to leave out; undefined where there are none. */
export function shedParts({ pulled }: Levers, operation: string): readonly string[] | undefined {
  const shed = pulled?.shed.get(operation);
  if (shed === undefined) return undefined;
  const now = Date.now();
  const parts = shed.filter(({ until }) => now < until).map(({ part }) => part);
  return parts.length === 0 ? undefined : parts;
}
